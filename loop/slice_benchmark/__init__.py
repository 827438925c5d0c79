"""Known failures planted into training sets, and which method names them."""
