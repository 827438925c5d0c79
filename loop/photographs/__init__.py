"""What a folder of photographs shows: attributes recognised from renders, counted, and what is missing."""
