"""What makes a render look like a user's photographs.

- `framing`: crops to the vehicle's box;
- `backgrounds`, `borders`: other backgrounds, and how the vehicle is blended into them;
- `camera`: resolution, colours, sharpening, noise and JPEG;
- `spectrum`: jitter of the amplitude spectrum, and the measures of it;
- `look`: all of these as `train.rendered_look` names them;
- `statistics`, `fit`, `match`: what photographs measure, and the values that bring renders closest.

Pictures are RGB arrays (H, W, 3), float32 in [0, 1] where nothing else is said, masks bool (H, W).
"""
