package io.weft.privacy;

import io.weft.api.filter.Filtering;
import io.weft.api.filter.UpdateFilter;
import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Option;
import io.weft.api.plugin.Plugin;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import java.lang.annotation.Annotation;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.osgi.service.component.annotations.Component;

/**
 * Keeps tensors at the site, by their names: in their place the received model's values leave, a difference of zero. Updates stay whole
 * in that way, so every aggregator folds them, and the site counts in those tensors with its weight for the model as it was.
 */
@Component(property = Plugin.NAME + "=exclude")
public final class Exclude implements UpdateFilter {

    /** What a job file says to it. */
    @interface ExcludeOptions {
        @Option(
                "The tensors that do not leave the site, by patterns for their whole names in which `*` stands for any text and `?` for one character.")
        String[] tensors();
    }

    @Override
    public Class<? extends Annotation> options() {
        return ExcludeOptions.class;
    }

    @Override
    public void check(JobContext job, List<TensorSpec> tensors) {
        for (String glob : globs(job)) {
            Pattern pattern = pattern(glob);
            if (tensors.stream()
                    .noneMatch(tensor -> pattern.matcher(tensor.name()).matches())) {
                job.note("the filter exclude: the pattern '" + glob + "' matches none of the " + tensors.size()
                        + " tensors of an update, such as '"
                        + tensors.stream().findFirst().map(TensorSpec::name).orElse("") + "'");
            }
        }
        if (!tensors.isEmpty() && tensors.stream().allMatch(excluded(job))) {
            throw job.refusal(
                    "tensors",
                    "the patterns match all " + tensors.size()
                            + " tensors of an update, so nothing would leave the site; name fewer, or leave the site out of the job");
        }
    }

    @Override
    public Filtering open(JobContext job, int round, TensorReader received) {
        return new Excluding(excluded(job));
    }

    private static List<String> globs(JobContext job) {
        return List.of(job.options(ExcludeOptions.class).tensors());
    }

    private static Predicate<TensorSpec> excluded(JobContext job) {
        List<Pattern> patterns = globs(job).stream().map(Exclude::pattern).toList();
        return tensor -> patterns.stream()
                .anyMatch(pattern -> pattern.matcher(tensor.name()).matches());
    }

    private static Pattern pattern(String glob) {
        return Pattern.compile(glob.codePoints()
                .mapToObj(Character::toString)
                .map(part -> part.equals("*") ? ".*" : part.equals("?") ? "." : Pattern.quote(part))
                .collect(Collectors.joining()));
    }

    private record Excluding(Predicate<TensorSpec> excluded) implements Filtering {

        @Override
        public boolean withholds(TensorSpec tensor) {
            return excluded.test(tensor);
        }
    }
}
