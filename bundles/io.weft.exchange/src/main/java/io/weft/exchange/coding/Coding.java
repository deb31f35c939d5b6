package io.weft.exchange.coding;

import io.weft.api.exchange.Quantizer;
import io.weft.api.plugin.Partner;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.exchange.Message;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** How models cross the wire in one direction of a job: what a quantizer codes, and what passes as it is. */
public final class Coding {

    /** Pieces are that long, or as long as one block if that is longer. */
    private static final int PIECE = 64 << 10;

    /**
     * What passes and what is left over.
     *
     * @param except tensors that pass as they are, by their names; {@code *} stands for any text, {@code ?} for one character
     * @param smallest tensors of fewer elements pass as they are
     * @param errorFeedback whether what a round's coding lost is added to the next round's values
     */
    public record Rules(List<String> except, long smallest, boolean errorFeedback) {

        /** Everything is coded, and nothing is left over. */
        public static final Rules ALL = new Rules(List.of(), 0, false);

        public Rules {
            except = List.copyOf(except);
        }

        /** The patterns of {@link #except} that are for none of these tensors. */
        public List<String> unmatched(List<TensorSpec> tensors) {
            return except.stream()
                    .filter(glob -> {
                        Pattern pattern = pattern(glob);
                        return tensors.stream().noneMatch(tensor -> pattern.matcher(tensor.name())
                                .matches());
                    })
                    .toList();
        }
    }

    private final String name;
    private final Partner<Quantizer> quantizer;
    private final Rules rules;
    private final List<Pattern> except;
    private final int piece;

    /**
     * @param name of the quantizer
     * @throws Refusal when the quantizer's options do not fit together
     */
    public Coding(String name, Partner<Quantizer> quantizer, Rules rules) {
        this.name = name;
        this.quantizer = quantizer;
        this.rules = rules;
        this.except = rules.except().stream().map(Coding::pattern).toList();
        int block = quantizer.plugin().block(quantizer.job());
        this.piece = Math.max(block, PIECE / block * block);
    }

    /** The same, with nothing left over from round to round. */
    public Coding withoutFeedback() {
        return new Coding(name, quantizer, new Rules(rules.except(), rules.smallest(), false));
    }

    private static Pattern pattern(String glob) {
        return Pattern.compile(glob.codePoints()
                .mapToObj(Character::toString)
                .map(part -> part.equals("*") ? ".*" : part.equals("?") ? "." : Pattern.quote(part))
                .collect(Collectors.joining()));
    }

    String name() {
        return name;
    }

    Partner<Quantizer> quantizer() {
        return quantizer;
    }

    boolean feedsBack() {
        return rules.errorFeedback();
    }

    /** The number of elements of a piece. */
    int piece() {
        return piece;
    }

    /** Whether a tensor is coded, if that makes it smaller. */
    boolean codes(TensorSpec tensor) {
        return tensor.elements() > 0
                && tensor.elements() >= rules.smallest()
                && tensor.type().decodable()
                && quantizer.plugin().accepts(tensor)
                && except.stream()
                        .noneMatch(pattern -> pattern.matcher(tensor.name()).matches());
    }

    /** The shape in which a tensor of the job lies coded. */
    CodedLayout layout(TensorSpec tensor) {
        return new CodedLayout(tensor.elements(), piece);
    }

    /**
     * Codes a model. With error feedback it takes what the last round left over from the quantizer's state, and leaves the rest there
     * for the next.
     *
     * @param tensors of the model that cross the wire, in this order
     * @param file where the coded model lies until it is {@linkplain CodedModel#delete deleted}
     */
    public CodedModel encode(TensorReader model, List<TensorSpec> tensors, int round, Path file) throws IOException {
        return new Encoding(this, model, tensors, round, file).encode();
    }

    /**
     * Reads a model that arrived, whatever of it is coded; decodes as it is read, in pieces.
     *
     * @param arrived closed with the reader
     * @param tensors as they are without coding
     * @throws Refusal when something is not what this coding makes of such tensors
     */
    public TensorReader decoded(TensorReader arrived, List<TensorSpec> tensors) throws IOException {
        return DecodedModel.open(this, arrived, tensors);
    }

    /** Refuses what was coded otherwise than agreed upon. */
    public void check(Message.Coded coded, List<TensorSpec> tensors) {
        if (!coded.quantizer().equals(name)) {
            throw new Refusal("the model is coded by '" + coded.quantizer() + "' where '" + name + "' was agreed upon");
        }
        for (int i = 0; i < tensors.size(); i++) {
            long bytes = coded.bytes().size() == tensors.size() ? coded.bytes().get(i) : Long.MAX_VALUE;
            TensorSpec tensor = tensors.get(i);
            if (bytes != Message.Coded.AS_IT_IS && (!codes(tensor) || bytes < 0 || bytes >= tensor.bytes())) {
                throw new Refusal("tensor '" + tensor.name() + "' is said to be coded in " + bytes + " bytes of "
                        + tensor.bytes());
            }
        }
    }
}
