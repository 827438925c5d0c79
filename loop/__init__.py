"""The controller: configuration, training, rounds, the ledger and the command line."""
