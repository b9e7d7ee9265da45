"""Gradient-domain fusion: part of one picture set into another so that no seam is seen. No torch here.

    from nst.blending import blend, paste, reconstruct

    fused = blend(source, mask, target, offset=(40, 12))                # Poisson blending
    fused = blend(source, mask, target, offset=(40, 12), mixed=True)    # with mixed gradients
    rough = paste(source, mask, target, offset=(40, 12))                # for comparison: copied as it is
    again = reconstruct(picture)                                        # from its gradients and one pixel

The eye sees differences between neighbours, hardly the level they stand on. So the source gives its differences, the
target the level around it, and the pixels in between are those that agree best with both: the solution of a Poisson
equation (Perez, Gangnet & Blake, "Poisson image editing", ACM Transactions on Graphics 22(3), SIGGRAPH 2003).

A picture is an array (height, width) or (height, width, channels) of uint8, which stands for 0 to 1 in steps of
1/255, or of floats as they are; results are floats and are not clipped. Each channel is blended for itself, in the
values as stored (sRGB, like the paper), all with one set-up of the equations. docs/blending.md has the formulas,
what was decided at borders and why, and what it costs.
"""

from nst.blending.fusion import blend, covered, paste
from nst.blending.inputs import BlendError
from nst.blending.toy import from_gradients, gradients, reconstruct

__all__ = ["BlendError", "blend", "covered", "from_gradients", "gradients", "paste", "reconstruct"]
