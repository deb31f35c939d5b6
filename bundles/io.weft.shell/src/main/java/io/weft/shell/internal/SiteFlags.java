package io.weft.shell.internal;

import io.weft.job.Job;
import io.weft.simulate.SimulationRequest;
import io.weft.simulate.SiteData;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a federation in one process consists of, as flags say it. */
final class SiteFlags {

    static final Flag SITES = Flag.with(
            "--sites",
            "DIR",
            "a folder a site, with <dataset>.jsonl in each; without it, the folder sites beside the job file");

    static final Flag SPLIT = Flag.with(
            "--split", "FILE:N[:ALPHA]", "deals one file of records to N sites, evenly or by a Dirichlet distribution");

    static final Flag PARALLEL = Flag.with("--parallel", "N", "how many sites work at a time");

    private static final Pattern SPLIT_FORM = Pattern.compile("(.+?):([0-9]{1,6})(?::([^:]+))?");

    private SiteFlags() {}

    /** The simulation that the flags describe. */
    static SimulationRequest request(Arguments arguments, Job job, Path file, Optional<Path> out, Path home) {
        return new SimulationRequest(job, file, sites(arguments, file), out, home, arguments.count(PARALLEL.name(), 1));
    }

    private static SiteData sites(Arguments arguments, Path jobFile) {
        Optional<String> split = arguments.text(SPLIT.name());
        if (split.isEmpty()) {
            return new SiteData.Folders(arguments.path(SITES.name()).orElseGet(() -> jobFile.resolveSibling("sites")));
        }
        if (arguments.has(SITES.name())) {
            throw arguments.refused("--sites and --split exclude each other; give one of them");
        }
        Matcher form = SPLIT_FORM.matcher(split.get());
        if (!form.matches()) {
            throw arguments.refused(
                    "--split is '" + split.get() + "'; allowed: FILE:N or FILE:N:ALPHA, such as records.jsonl:5:0.3");
        }
        int sites = Integer.parseInt(form.group(2));
        if (sites < 1) {
            throw arguments.refused("--split asks for 0 sites; allowed: 1 or more");
        }
        return new SiteData.Split(Path.of(form.group(1)), sites, alpha(arguments, Optional.ofNullable(form.group(3))));
    }

    private static OptionalDouble alpha(Arguments arguments, Optional<String> text) {
        if (text.isEmpty()) {
            return OptionalDouble.empty();
        }
        try {
            double alpha = Double.parseDouble(text.get());
            if (alpha > 0 && Double.isFinite(alpha)) {
                return OptionalDouble.of(alpha);
            }
        } catch (NumberFormatException e) {
            // Not a number is refused like a number out of range.
        }
        throw arguments.refused("the ALPHA of --split is '" + text.get() + "'; allowed: a number above 0");
    }
}
