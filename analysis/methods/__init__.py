"""Attribution methods, a module a family; `table` lists them and runs them on any network.

pooled (CAM), smooth (Smooth Grad-CAM++), score_cam; gradients and rectifiers (saliency to Guided
Grad-CAM); occlusion; visualise and maximal (the network itself); space (its features); faithful (how well
a map shows what the network uses). Grad-CAM, its counterfactual and Grad-CAM++ lie in
`analysis.methods.grad_cam`.
"""
