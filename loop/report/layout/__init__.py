"""What all reports are made of: pages, tables, figures, pictures, words."""
