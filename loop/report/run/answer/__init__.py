"""The question and the answer in sentences, before any table.

- `headline`: the first sentence of the page, and the figures below it
- `answer`: `Answer`, the headline with all facts
- `question`: what was asked, of which network, data and pictures; and the limits of the answer
- `weakness`: which slices were found weak, and whether the planted ones are among them
- `outcome`: what was added, and what changed where
- `sentences`: a change as a sentence
"""
