package io.weft.lm.tuning;

/**
 * TorchScript text of an overlay: two methods at the left margin, and helpers that they call as {@code self.helper(…)}.
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
 * @param name a name of its own, for messages
 * @param text the methods
 */
public record Script(String name, String text) {}
