package io.weft.lm.internal.program;

import io.weft.lm.internal.model.Architecture;
import io.weft.lm.internal.model.Architecture.Group;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Methods of a model whose weights are frozen and packed: {@code w} is laid out as {@link FrozenSlots} says. */
final class FrozenText {

    private final Architecture architecture;
    private final Precision precision;
    private final Adaptation adaptation;
    private final ModelText program;

    FrozenText(Architecture architecture, Precision precision, Adaptation adaptation, ModelText program) {
        this.architecture = architecture;
        this.precision = precision;
        this.adaptation = adaptation;
        this.program = program;
    }

    void append() {
        List<Layer> training = new ArrayList<>();
        List<String> measuring = new ArrayList<>();
        for (int layer = 0; layer < architecture.layers(); layer++) {
            training.add(new Layer(layer, forward(layer, true), adaptation.reaches(layer) ? backward(layer) : ""));
            measuring.add(forward(layer, false));
        }
        program.line(
                "def step(ids: Tensor, labels: Tensor, lengths: List[int], scale: float, fresh: bool, w: List[Tensor],"
                        + " p: List[Tensor], g: List[Tensor], masks: List[Tensor]) -> Tensor:");
        embed();
        for (Layer layer : training) {
            program.line("  x = self.%s(x, angles, frames, places, %s, %s, masks, saved)"
                    .formatted(layer.forward, slots(layer.index), tensors("p", layer.index)));
            if (!adaptation.reaches(layer.index)) {
                program.line("  saved.clear()");
            }
        }
        program.line("  loss = torch.zeros([1])");
        program.line("  dx = self.head_step(x, labels, w[%d], w[%d], w[%d], scale, loss)"
                .formatted(FrozenSlots.NORM, FrozenSlots.HEAD, FrozenSlots.HEAD_TRANSPOSED));
        for (int layer = architecture.layers() - 1; layer >= 0 && adaptation.reaches(layer); layer--) {
            program.line("  self.%s(dx, angles, frames, places, %s, %s, %s, masks, saved, fresh)"
                    .formatted(training.get(layer).backward, slots(layer), tensors("p", layer), tensors("g", layer)));
        }
        program.line("  return loss");
        program.line("def states(ids: Tensor, lengths: List[int], w: List[Tensor], p: List[Tensor]) -> Tensor:");
        embed();
        program.line("  masks = annotate(List[Tensor], [])");
        for (int layer = 0; layer < architecture.layers(); layer++) {
            program.line("  x = self.%s(x, angles, frames, places, %s, %s, masks, saved)"
                    .formatted(measuring.get(layer), slots(layer), tensors("p", layer)));
            program.line("  saved.clear()");
        }
        program.line("  return x");
        program.line(
                "def measure(ids: Tensor, labels: Tensor, lengths: List[int], w: List[Tensor], p: List[Tensor]) -> Tensor:");
        program.line("  return self.head_measure(self.states(ids, lengths, w, p), labels, w[%d], w[%d])"
                .formatted(FrozenSlots.NORM, FrozenSlots.HEAD));
        program.line(
                "def logits(ids: Tensor, lengths: List[int], first: int, last: int, w: List[Tensor], p: List[Tensor])"
                        + " -> Tensor:");
        program.line("  x = torch.slice(self.states(ids, lengths, w, p), 0, first, last)");
        program.line("  return self.head_logits(x, w[%d], w[%d])".formatted(FrozenSlots.NORM, FrozenSlots.HEAD));
    }

    private record Layer(int index, String forward, String backward) {}

    private void embed() {
        program.line("  frames = self.frames(lengths)");
        program.line("  places = self.places(lengths, frames)");
        program.line("  angles = self.angles(w[%d], lengths, 0)".formatted(FrozenSlots.ANGLES));
        program.line("  saved = annotate(List[Tensor], [])");
        program.line("  x = torch.to(torch.index_select(w[%d], 0, ids), 6)".formatted(FrozenSlots.EMBEDDING));
    }

    private static String slots(int layer) {
        int first = FrozenSlots.layer(layer);
        return "torch.slice(w, %d, %d, 1)".formatted(first, first + FrozenSlots.PER_LAYER);
    }

    private String tensors(String list, int layer) {
        List<String> own = new ArrayList<>();
        for (Group group : Group.values()) {
            for (Adaptation.Site site : adaptation.at(layer, group)) {
                site.tensors().forEach(index -> own.add(list + "[" + index + "]"));
            }
        }
        return own.stream().collect(Collectors.joining(", ", "[", "]"));
    }

    /** Where the tensors of a group's first overlay begin in the layer's own list. */
    private int firstTensor(int layer, Group group) {
        int first = 0;
        for (Group before : Group.values()) {
            if (before == group) {
                break;
            }
            for (Adaptation.Site site : adaptation.at(layer, before)) {
                first += site.tensors().size();
            }
        }
        return first;
    }

    private String forward(int layer, boolean training) {
        StringBuilder body = new StringBuilder();
        add(body, "h = self.norm_forward(x, w[%d], saved)".formatted(FrozenSlots.ATTENTION_NORM));
        product(body, layer, Group.QKV, "qkv", "h", training);
        add(body, "o = self.attention_forward(qkv, angles, frames, places, saved)");
        product(body, layer, Group.OUTPUT, "y", "o", training);
        add(body, "x = torch.add(x, y)");
        add(body, "h = self.norm_forward(x, w[%d], saved)".formatted(FrozenSlots.GATED_NORM));
        product(body, layer, Group.GATED, "gu", "h", training);
        add(body, "a = self.gated_forward(gu, saved)");
        product(body, layer, Group.DOWN, "y", "a", training);
        add(body, "return torch.add(x, y)");
        return program.method(
                "layer_forward",
                "def *(x: Tensor, angles: Tensor, frames: List[int], places: List[Tensor], w: List[Tensor], p: List[Tensor], masks: List[Tensor],"
                        + " saved: List[Tensor]) -> Tensor:",
                body.toString());
    }

    private void product(StringBuilder body, int layer, Group group, String out, String in, boolean training) {
        int slot = FrozenSlots.weight(group);
        if (architecture.bias(group)) {
            add(body, "%s = self.linear_biased(%s, w[%d], w[%d])".formatted(out, in, slot, slot + 2));
        } else {
            add(body, "%s = self.linear(%s, w[%d])".formatted(out, in, slot));
        }
        int tensor = firstTensor(layer, group);
        for (Adaptation.Site site : adaptation.at(layer, group)) {
            String prefix = program.script(
                    site.overlay().script().name(), site.overlay().script().text());
            String input = training && site.mask().isPresent() ? dropped(in, site) : in;
            add(body, "part = %s".formatted(columns(out, group, site)));
            add(
                    body,
                    "torch.copy_(part, self.%sforward(%s, part, %s, saved))"
                            .formatted(prefix, input, own("p", tensor, site)));
            tensor += site.tensors().size();
        }
    }

    private String backward(int layer) {
        StringBuilder body = new StringBuilder();
        descend(body, layer);
        add(body, "return dx");
        return program.method(
                "layer_backward",
                "def *(dx: Tensor, angles: Tensor, frames: List[int], places: List[Tensor], w: List[Tensor], p: List[Tensor], g: List[Tensor],"
                        + " masks: List[Tensor], saved: List[Tensor], fresh: bool) -> Tensor:",
                body.toString());
    }

    /** The gated half, then the attention half, as far down as an overlay wants gradients. */
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
        add(body, "self.norm_backward(dx, dh, w[%d], saved)".formatted(FrozenSlots.GATED_NORM));
        add(body, "d = %s".formatted(residualGradient(layer, Group.OUTPUT)));
        gradient(body, layer, Group.OUTPUT, "d", "do");
        if (!adaptation.below(layer, Group.OUTPUT)) {
            return;
        }
        add(body, "dqkv = self.attention_backward(do, angles, frames, places, saved)");
        gradient(body, layer, Group.QKV, "dqkv", "dh");
        if (adaptation.below(layer, Group.QKV)) {
            add(body, "self.norm_backward(dx, dh, w[%d], saved)".formatted(FrozenSlots.ATTENTION_NORM));
        }
    }

    /** In fp32 the cast is none, and an overlay may change its gradient in place: then it gets a copy. */
    private String residualGradient(int layer, Group group) {
        boolean copy =
                precision == Precision.FP32 && !adaptation.at(layer, group).isEmpty();
        return copy ? "torch.clone(dx)" : "self.compute(dx)";
    }

    private void gradient(StringBuilder body, int layer, Group group, String out, String in) {
        boolean wanted = adaptation.below(layer, group);
        List<Adaptation.Site> sites = adaptation.at(layer, group);
        int tensor = firstTensor(layer, group);
        for (Adaptation.Site site : sites) {
            tensor += site.tensors().size();
        }
        for (int i = sites.size() - 1; i >= 0; i--) {
            Adaptation.Site site = sites.get(i);
            tensor -= site.tensors().size();
            String prefix = program.script(
                    site.overlay().script().name(), site.overlay().script().text());
            add(body, "part = %s".formatted(columns(out, group, site)));
            add(
                    body,
                    "base, extra%d, gs = self.%sbackward(part, %s, saved, %s)"
                            .formatted(i, prefix, own("p", tensor, site), wanted ? "True" : "False"));
            add(body, "torch.copy_(part, base)");
            add(body, "self.put_all(%s, gs, fresh)".formatted(own("g", tensor, site)));
        }
        if (!wanted) {
            return;
        }
        add(body, "%s = self.linear(%s, w[%d])".formatted(in, out, FrozenSlots.weight(group) + 1));
        for (int i = 0; i < sites.size(); i++) {
            Adaptation.Site site = sites.get(i);
            String extra = "extra" + i;
            add(body, "torch.add_(%s, %s)".formatted(in, site.mask().isPresent() ? dropped(extra, site) : extra));
        }
    }

    private String columns(String product, Group group, Adaptation.Site site) {
        int first = 0;
        for (int member = 0; member < site.member(); member++) {
            first += architecture.outputs(group, member);
        }
        return "torch.slice(%s, 1, %d, %d)"
                .formatted(product, first, first + architecture.outputs(group, site.member()));
    }

    private static String own(String list, int first, Adaptation.Site site) {
        List<String> own = new ArrayList<>();
        for (int i = 0; i < site.tensors().size(); i++) {
            own.add(list + "[" + (first + i) + "]");
        }
        return own.stream().collect(Collectors.joining(", ", "[", "]"));
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
