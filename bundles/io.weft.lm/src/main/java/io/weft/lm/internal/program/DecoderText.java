package io.weft.lm.internal.program;

import io.weft.lm.internal.model.Architecture;
import io.weft.lm.internal.model.Architecture.Group;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The methods of a decoder. Frozen weights lie packed in {@code w} as {@link FrozenSlots} says; trained ones and the overlays' tensors
 * are fp32 in {@code p}, with their gradients in {@code g}. Nothing below the lowest of them is differentiated.
 */
final class DecoderText {

    private static final String FRAMES = "angles: Tensor, frames: List[int], places: List[Tensor], future: Tensor";

    private final Architecture architecture;
    private final Precision precision;
    private final Adaptation adaptation;
    private final ModelText program;

    DecoderText(Architecture architecture, Precision precision, Adaptation adaptation, ModelText program) {
        this.architecture = architecture;
        this.precision = precision;
        this.adaptation = adaptation;
        this.program = program;
    }

    private record Layer(int index, String forward, String backward) {}

    void append() {
        List<Layer> training = new ArrayList<>();
        List<String> measuring = new ArrayList<>();
        for (int layer = 0; layer < architecture.layers(); layer++) {
            training.add(new Layer(layer, forward(layer, true), adaptation.reaches(layer) ? backward(layer) : ""));
            measuring.add(forward(layer, false));
        }
        step(training);
        use(measuring);
    }

    private void step(List<Layer> layers) {
        program.line(
                "def step(ids: Tensor, labels: Tensor, lengths: List[int], scale: float, fresh: bool, w: List[Tensor],"
                        + " p: List[Tensor], g: List[Tensor], masks: List[Tensor]) -> Tensor:");
        embed();
        for (Layer layer : layers) {
            program.line("  x = self.%s(x, angles, frames, places, future, %s, %s, masks, saved)"
                    .formatted(
                            layer.forward,
                            slots(layer.index),
                            tensors(layer.index).list("p")));
            if (!adaptation.reaches(layer.index)) {
                program.line("  saved.clear()");
            }
        }
        program.line("  loss = torch.zeros([1])");
        head();
        for (int layer = architecture.layers() - 1; layer >= 0 && adaptation.reaches(layer); layer--) {
            program.line("  self.%s(dx, angles, frames, places, future, %s, %s, %s, masks, saved, fresh)"
                    .formatted(
                            layers.get(layer).backward,
                            slots(layer),
                            tensors(layer).list("p"),
                            tensors(layer).list("g")));
        }
        adaptation.weight(Architecture.EMBEDDING).ifPresent(this::embeddingGradient);
        program.line("  return loss");
    }

    private void embed() {
        program.line("  angles = self.angles(w[%d], lengths, 0)".formatted(FrozenSlots.ANGLES));
        program.line("  frames = self.frames(lengths)");
        program.line("  places = self.places(lengths, frames)");
        program.line("  future = self.future()");
        program.line("  saved = annotate(List[Tensor], [])");
        program.line("  x = torch.to(torch.index_select(%s, 0, ids), 6)"
                .formatted(weight(Architecture.EMBEDDING, FrozenSlots.EMBEDDING)));
    }

    /** The final norm and the loss over the labelled rows, and as much of their backward as is wanted. */
    private void head() {
        Optional<Integer> norm = adaptation.weight(Architecture.NORM);
        Optional<Integer> head = adaptation.weight(Architecture.HEAD);
        program.line("  rows = self.labelled(labels)");
        program.line("  xs = torch.index_select(x, 0, rows)");
        program.line("  y = torch.unsqueeze(torch.index_select(labels, 0, rows), 1)");
        program.line("  r = self.inverse_rms(xs)");
        program.line("  xn = torch.mul(xs, r)");
        String weight = weight(Architecture.NORM, FrozenSlots.NORM);
        program.line("  h = self.compute(torch.mul(xn, %s))".formatted(weight));
        program.line(
                head.map(index -> "  dh = self.trained_head(h, y, p[%d], g[%<d], scale, fresh, loss)".formatted(index))
                        .orElse("  dh = self.frozen_head(h, y, w[%d], w[%d], loss)"
                                .formatted(FrozenSlots.HEAD, FrozenSlots.HEAD_TRANSPOSED)));
        norm.ifPresent(index -> program.line(
                "  self.put(g[%d], torch.sum(torch.mul_(torch.mul(xn, dh), scale), [0]), fresh)".formatted(index)));
        if (adaptation.belowHead()) {
            program.line("  dxs = torch.zeros_like(xs)");
            program.line("  self.norm_input_gradient(dxs, dh, %s, xs, r)".formatted(weight));
            program.line("  dx = torch.index_copy_(torch.zeros_like(x), 0, rows, torch.mul_(dxs, scale))");
        }
    }

    private void embeddingGradient(int index) {
        boolean alone = adaptation
                .weight(Architecture.HEAD)
                .filter(head -> head == index)
                .isEmpty();
        if (alone) {
            program.line("  if fresh:");
            program.line("    torch.zero_(g[%d])".formatted(index));
            program.line("  else:");
            program.line("    pass");
        }
        program.line("  torch.index_add_(g[%d], 0, ids, dx)".formatted(index));
    }

    private void use(List<String> layers) {
        String norm = weight(Architecture.NORM, FrozenSlots.NORM);
        String head = weight(Architecture.HEAD, FrozenSlots.HEAD);
        program.line("def states(ids: Tensor, lengths: List[int], w: List[Tensor], p: List[Tensor]) -> Tensor:");
        embed();
        program.line("  masks = annotate(List[Tensor], [])");
        for (int layer = 0; layer < architecture.layers(); layer++) {
            program.line("  x = self.%s(x, angles, frames, places, future, %s, %s, masks, saved)"
                    .formatted(layers.get(layer), slots(layer), tensors(layer).list("p")));
            program.line("  saved.clear()");
        }
        program.line("  return x");
        program.line(
                "def measure(ids: Tensor, labels: Tensor, lengths: List[int], w: List[Tensor], p: List[Tensor]) -> Tensor:");
        program.line(
                "  return self.head_measure(self.states(ids, lengths, w, p), labels, %s, %s)".formatted(norm, head));
        program.line(
                "def logits(ids: Tensor, lengths: List[int], first: int, last: int, w: List[Tensor], p: List[Tensor])"
                        + " -> Tensor:");
        program.line("  x = torch.slice(self.states(ids, lengths, w, p), 0, first, last)");
        program.line("  return self.head_logits(x, %s, %s)".formatted(norm, head));
    }

    /** A weight outside the layers. */
    private String weight(String name, int slot) {
        return adaptation.weight(name).map(index -> "p[" + index + "]").orElse("w[" + slot + "]");
    }

    private static String slots(int layer) {
        int first = FrozenSlots.layer(layer);
        return "torch.slice(w, %d, %d, 1)".formatted(first, first + FrozenSlots.PER_LAYER);
    }

    private LayerTensors tensors(int layer) {
        return LayerTensors.of(layer, adaptation);
    }

    private String forward(int layer, boolean training) {
        StringBuilder body = new StringBuilder();
        add(body, "h = self.norm_forward(x, %s, saved)".formatted(norm(layer, Group.QKV)));
        product(body, layer, Group.QKV, "qkv", "h", training);
        add(body, "o = self.attention_forward(qkv, angles, frames, places, future, saved)");
        product(body, layer, Group.OUTPUT, "y", "o", training);
        add(body, "x = self.plus(x, y)");
        add(body, "h = self.norm_forward(x, %s, saved)".formatted(norm(layer, Group.GATED)));
        product(body, layer, Group.GATED, "gu", "h", training);
        boolean differentiated = training && adaptation.below(layer, Group.DOWN);
        add(body, differentiated ? "a = self.gated_forward(gu, saved)" : "a = self.gated(gu)");
        product(body, layer, Group.DOWN, "y", "a", training);
        add(body, "return self.plus(x, y)");
        return program.method(
                "layer_forward",
                "def *(x: Tensor, " + FRAMES + ", w: List[Tensor], p: List[Tensor], masks: List[Tensor],"
                        + " saved: List[Tensor]) -> Tensor:",
                body.toString());
    }

    private String norm(int layer, Group group) {
        int slot = group == Group.QKV ? FrozenSlots.ATTENTION_NORM : FrozenSlots.GATED_NORM;
        return tensors(layer).weight("p", Architecture.norm(layer, group)).orElse("w[" + slot + "]");
    }

    /** A group's product: of its frozen weights together (zero where one is trained), and of its trained ones. */
    private void product(StringBuilder body, int layer, Group group, String out, String in, boolean training) {
        int slot = FrozenSlots.weight(group);
        LayerTensors tensors = tensors(layer);
        if (adaptation.trainsAll(layer, group)) {
            add(body, "%s = self.trained_linear_forward(%s, %s, saved)".formatted(out, in, weights("p", layer, group)));
            if (architecture.bias(group)) {
                add(body, "torch.add_(%s, w[%d])".formatted(out, slot + 2));
            }
        } else {
            add(
                    body,
                    architecture.bias(group)
                            ? "%s = self.linear_biased(%s, w[%d], w[%d])".formatted(out, in, slot, slot + 2)
                            : "%s = self.linear(%s, w[%d])".formatted(out, in, slot));
            for (int member = 0; member < group.members().size(); member++) {
                String part = columns(out, group, member);
                tensors.weight("p", Architecture.weight(layer, group, member))
                        .ifPresent(weight ->
                                add(body, "self.trained_part_forward(%s, %s, %s, saved)".formatted(part, in, weight)));
            }
        }
        for (int member = 0; member < group.members().size(); member++) {
            int column = firstColumn(group, member);
            tensors.weight("p", Architecture.bias(layer, group, member))
                    .ifPresent(bias -> add(body, "self.trained_bias_forward(%s, %s, %d)".formatted(out, bias, column)));
        }
        for (Adaptation.Site site : adaptation.at(layer, group)) {
            String prefix = program.overlay(site.overlay().script());
            String input = training && site.mask().isPresent() ? dropped(in, site) : in;
            add(body, "part = %s".formatted(columns(out, group, site.member())));
            add(
                    body,
                    "torch.copy_(part, self.%sforward(%s, part, %s, saved))"
                            .formatted(prefix, input, tensors.list("p", site)));
        }
    }

    private String backward(int layer) {
        StringBuilder body = new StringBuilder();
        descend(body, layer);
        add(body, "return dx");
        return program.method(
                "layer_backward",
                "def *(dx: Tensor, " + FRAMES + ", w: List[Tensor], p: List[Tensor], g: List[Tensor],"
                        + " masks: List[Tensor], saved: List[Tensor], fresh: bool) -> Tensor:",
                body.toString());
    }

    /** The gated half, then the attention half, as far down as something wants gradients. */
    private void descend(StringBuilder body, int layer) {
        add(body, "d = %s".formatted(residualGradient(layer, Group.DOWN)));
        gradient(body, layer, Group.DOWN, "d", "da");
        if (!adaptation.below(layer, Group.DOWN)) {
            return;
        }
        add(body, "dgu = self.gated_backward(da, saved)");
        gradient(body, layer, Group.GATED, "dgu", "dh");
        if (!adaptation.below(layer, Group.GATED)) {
            return;
        }
        normGradient(body, layer, Group.GATED);
        add(body, "d = %s".formatted(residualGradient(layer, Group.OUTPUT)));
        gradient(body, layer, Group.OUTPUT, "d", "do");
        if (!adaptation.below(layer, Group.OUTPUT)) {
            return;
        }
        add(body, "dqkv = self.attention_backward(do, angles, frames, places, future, saved)");
        gradient(body, layer, Group.QKV, "dqkv", "dh");
        if (adaptation.below(layer, Group.QKV)) {
            normGradient(body, layer, Group.QKV);
        }
    }

    private void normGradient(StringBuilder body, int layer, Group group) {
        String weight = norm(layer, group);
        add(
                body,
                tensors(layer)
                        .weight("g", Architecture.norm(layer, group))
                        .map(gradient ->
                                "self.trained_norm_backward(dx, dh, %s, saved, %s, fresh)".formatted(weight, gradient))
                        .orElse("self.norm_backward(dx, dh, %s, saved)".formatted(weight)));
    }

    /** In fp32 the cast is none, and an overlay may change its gradient in place: then it gets a copy. */
    private String residualGradient(int layer, Group group) {
        boolean copy =
                precision == Precision.FP32 && !adaptation.at(layer, group).isEmpty();
        return copy ? "torch.clone(dx)" : "self.compute(dx)";
    }

    /** The product's forward backwards: what it saved last is taken first. */
    private void gradient(StringBuilder body, int layer, Group group, String out, String in) {
        boolean wanted = adaptation.below(layer, group);
        LayerTensors tensors = tensors(layer);
        List<Adaptation.Site> sites = adaptation.at(layer, group);
        for (int i = sites.size() - 1; i >= 0; i--) {
            Adaptation.Site site = sites.get(i);
            String prefix = program.overlay(site.overlay().script());
            add(body, "part = %s".formatted(columns(out, group, site.member())));
            add(
                    body,
                    "base, extra%d, gs = self.%sbackward(part, %s, saved, %s)"
                            .formatted(i, prefix, tensors.list("p", site), wanted ? "True" : "False"));
            add(body, "torch.copy_(part, base)");
            add(body, "self.put_all(%s, gs, fresh)".formatted(tensors.list("g", site)));
        }
        for (int member = 0; member < group.members().size(); member++) {
            String name = Architecture.bias(layer, group, member);
            if (adaptation.weight(name).isPresent()) {
                add(
                        body,
                        "self.trained_bias_backward(%s, %s, %d, %s, fresh)"
                                .formatted(
                                        out,
                                        tensors.weight("p", name).orElseThrow(),
                                        firstColumn(group, member),
                                        tensors.weight("g", name).orElseThrow()));
            }
        }
        if (adaptation.trainsAll(layer, group)) {
            add(body, "self.trained_weights_backward(%s, saved, %s, fresh)".formatted(out, weights("g", layer, group)));
            if (wanted) {
                add(body, "%s = torch.mm(%s, self.fused(%s))".formatted(in, out, weights("p", layer, group)));
            }
        } else {
            trainedParts(body, layer, group, out, in, wanted);
        }
        if (!wanted) {
            return;
        }
        for (int i = 0; i < sites.size(); i++) {
            Adaptation.Site site = sites.get(i);
            String extra = "extra" + i;
            add(body, "torch.add_(%s, %s)".formatted(in, site.mask().isPresent() ? dropped(extra, site) : extra));
        }
    }

    private void trainedParts(StringBuilder body, int layer, Group group, String out, String in, boolean wanted) {
        LayerTensors tensors = tensors(layer);
        if (wanted) {
            add(body, "%s = self.linear(%s, w[%d])".formatted(in, out, FrozenSlots.weight(group) + 1));
        }
        for (int member = group.members().size() - 1; member >= 0; member--) {
            String name = Architecture.weight(layer, group, member);
            if (adaptation.weight(name).isPresent()) {
                String part = columns(out, group, member);
                add(
                        body,
                        "self.trained_weights_backward(%s, saved, [%s], fresh)"
                                .formatted(part, tensors.weight("g", name).orElseThrow()));
                if (wanted) {
                    add(
                            body,
                            "torch.add_(%s, torch.mm(%s, self.compute(%s)))"
                                    .formatted(
                                            in, part, tensors.weight("p", name).orElseThrow()));
                }
            }
        }
    }

    private String weights(String list, int layer, Group group) {
        LayerTensors tensors = tensors(layer);
        List<String> weights = new ArrayList<>();
        for (int member = 0; member < group.members().size(); member++) {
            weights.add(tensors.weight(list, Architecture.weight(layer, group, member))
                    .orElseThrow());
        }
        return weights.stream().collect(Collectors.joining(", ", "[", "]"));
    }

    private int firstColumn(Group group, int member) {
        int first = 0;
        for (int before = 0; before < member; before++) {
            first += architecture.outputs(group, before);
        }
        return first;
    }

    private String columns(String product, Group group, int member) {
        int first = firstColumn(group, member);
        return "torch.slice(%s, 1, %d, %d)".formatted(product, first, first + architecture.outputs(group, member));
    }

    private static String dropped(String tensor, Adaptation.Site site) {
        return "self.dropped(%s, masks[%d], %s)"
                .formatted(
                        tensor,
                        site.mask().orElseThrow(),
                        1 / (1 - site.overlay().dropout()));
    }

    private static void add(StringBuilder body, String line) {
        body.append("  ").append(line).append('\n');
    }
}
