package io.weft.job;

import java.util.List;

/**
 * How tensors are coded in one direction.
 *
 * @param section with the quantizer's name and options
 * @param except tensors that pass as they are, by patterns for their names
 * @param smallest tensors of fewer elements pass as they are
 * @param errorFeedback whether what a round's coding lost is added to the next round's values
 */
public record CodingSettings(Section section, List<String> except, long smallest, boolean errorFeedback) {

    public CodingSettings {
        except = List.copyOf(except);
    }
}
