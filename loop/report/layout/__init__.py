"""What every report shares: the frame of a page, tables, text, numbers, and attribution maps as pictures.

- `page`: the templates and what they may call, writing a page of results, facts about the environment
- `tables`: `Figure`, `Change`, `Row`, `Table`
- `text`: names of slices, attribute values and scores as people read them
- `numbers`: percentages, differences, q values, durations
- `maps`: maps as layers over pictures on one shared scale, outlines of masks
- `sheet`: one picture with the maps of all methods beside it
"""
