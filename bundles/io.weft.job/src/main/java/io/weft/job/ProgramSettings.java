package io.weft.job;

import java.util.List;

/**
 * A program of the job's own.
 *
 * @param command its words; one that names a file or a folder beside the job file travels with the job
 * @param files what else travels with it, by paths relative to the job file
 */
public record ProgramSettings(List<String> command, List<String> files) {

    public ProgramSettings {
        command = List.copyOf(command);
        files = List.copyOf(files);
    }
}
