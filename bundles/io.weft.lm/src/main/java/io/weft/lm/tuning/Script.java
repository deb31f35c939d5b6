package io.weft.lm.tuning;

import java.util.regex.Pattern;

/**
 * TorchScript text of an overlay: two methods at the left margin and helpers, which they call as {@code self.helper(…)}.
 *
 * <pre>
 * def forward(x: Tensor, y: Tensor, p: List[Tensor], saved: List[Tensor]) -> Tensor:
 * def backward(dy: Tensor, p: List[Tensor], saved: List[Tensor], wanted: bool) -> Tuple[Tensor, Tensor, List[Tensor]]:
 * </pre>
 *
 * <p>{@code x} (rows, inputs) and {@code y} (rows, outputs) have the element type of matrix products, fp32 or bf16; {@code p} is
 * fp32. {@code forward} returns the new y, in place or not, and pushes on {@code saved} what its backward needs; {@code backward}
 * pops exactly that, last pushed first, and returns the gradient of the base's y, the gradient of x through the overlay alone (any
 * tensor when {@code wanted} is false), and the gradients of {@code p} in its order. Constants are written into the text.
 *
 * <p>{@code backward} may be left out. Weft then keeps x and y, computes {@code forward} once more and differentiates it by autograd: the
 * same gradients, in more time and memory. {@code forward} must then be made of operations that autograd knows, and what it pushes on
 * {@code saved} is not looked at.
 *
 * @param name a name of its own, for messages
 * @param text the methods
 */
public record Script(String name, String text) {

    private static final Pattern BACKWARD = Pattern.compile("(?m)^def backward\\(");

    /** Whether it brings its own backward; without one, autograd gives the gradients. */
    public boolean differentiated() {
        return BACKWARD.matcher(text).find();
    }
}
