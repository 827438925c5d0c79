"""Studies of holes in photographs: do renders make up for what photographs lack?"""
