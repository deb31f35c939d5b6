package io.weft.simulate.internal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weft.api.plugin.Refusal;
import io.weft.job.DataSettings;
import io.weft.job.Job;
import io.weft.plugins.CounterRandom;
import io.weft.simulate.SiteData;
import io.weft.tensor.Durable;
import io.weft.tensor.FileProblem;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * Deals one file's records to sites, by the job's seed alone.
 *
 * <p>Evenly: the records are shuffled and dealt in turn. By Dirichlet(α): sites get shares drawn from that distribution. Where every
 * record has a field {@code label}, shares are drawn for each label apart, so that sites differ in what they have (Hsu, Qi and
 * Brown 2019, https://arxiv.org/abs/1909.06335); otherwise once, so that they differ in how much. Every site gets a record at
 * least.
 *
 * <p>A job that validates on a dataset of another name than it trains on gets every tenth record of each site for that.
 */
final class Deal {

    private static final int HELD_OUT = 10;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Job job;
    private final SiteData.Split split;
    private final RandomGenerator random;

    Deal(Job job, SiteData.Split split) {
        this.job = job;
        this.split = split;
        this.random = CounterRandom.of(job.seed(), "split");
    }

    /** Writes each site's datasets below the folder; gives their files by site and dataset. */
    SortedMap<String, SortedMap<String, Path>> into(Path folder) throws IOException {
        DataSettings data = job.data()
                .orElseThrow(() -> job.refuse("the job names no data, so there is nothing to split; use --sites"));
        List<String> records = records();
        if (records.size() < split.sites()) {
            throw new Refusal(split.file() + " has " + records.size() + " records for " + split.sites()
                    + " sites; give a larger file or fewer sites");
        }
        List<List<String>> hands =
                split.alpha().isPresent() ? unevenly(records, split.alpha().getAsDouble()) : evenly(records);
        SortedMap<String, SortedMap<String, Path>> sites = new TreeMap<>();
        int digits = String.valueOf(split.sites()).length();
        for (int k = 0; k < hands.size(); k++) {
            String site = "site-" + String.format("%0" + digits + "d", k + 1);
            sites.put(
                    site,
                    write(
                            folder.resolve(site),
                            hands.get(k),
                            job.forSite(site).data().orElse(data)));
        }
        return sites;
    }

    private List<String> records() throws IOException {
        if (Files.isDirectory(split.file())) {
            throw new Refusal(split.file()
                    + " is a folder; --split deals one file of records, and --sites takes a folder of sites");
        }
        try {
            return Files.readAllLines(split.file(), StandardCharsets.UTF_8).stream()
                    .filter(line -> !line.isBlank())
                    .toList();
        } catch (NoSuchFileException e) {
            throw new Refusal(
                    "there is no file " + split.file() + "; --split deals one file of records, a JSON object a line",
                    e);
        } catch (CharacterCodingException e) {
            throw new Refusal(split.file() + " is not UTF-8; convert it", e);
        } catch (IOException e) {
            throw new Refusal(
                    split.file() + " cannot be read (" + FileProblem.words(e) + "); see that you may read it", e);
        }
    }

    private List<List<String>> hands() {
        List<List<String>> hands = new ArrayList<>();
        for (int k = 0; k < split.sites(); k++) {
            hands.add(new ArrayList<>());
        }
        return hands;
    }

    private List<List<String>> evenly(List<String> records) {
        List<List<String>> hands = hands();
        List<String> shuffled = shuffled(records);
        for (int i = 0; i < shuffled.size(); i++) {
            hands.get(i % hands.size()).add(shuffled.get(i));
        }
        return hands;
    }

    private List<List<String>> unevenly(List<String> records, double alpha) {
        List<List<String>> hands = hands();
        for (List<String> group : groups(records)) {
            double[] shares = dirichlet(alpha);
            List<String> shuffled = shuffled(group);
            double sum = 0;
            int from = 0;
            for (int k = 0; k < shares.length; k++) {
                sum += shares[k];
                int to = k == shares.length - 1 ? shuffled.size() : (int) Math.round(sum * shuffled.size());
                hands.get(k).addAll(shuffled.subList(from, Math.max(from, to)));
                from = Math.max(from, to);
            }
        }
        for (List<String> hand : hands) {
            if (hand.isEmpty()) {
                List<String> largest = hands.stream()
                        .max((one, other) -> Integer.compare(one.size(), other.size()))
                        .orElseThrow();
                hand.add(largest.remove(largest.size() - 1));
            }
        }
        return hands;
    }

    /** The records by label where all have one, else all together. */
    private static Collection<List<String>> groups(List<String> records) {
        SortedMap<String, List<String>> byLabel = new TreeMap<>();
        for (String line : records) {
            Optional<String> label = label(line);
            if (label.isEmpty()) {
                return List.of(records);
            }
            byLabel.computeIfAbsent(label.get(), name -> new ArrayList<>()).add(line);
        }
        return byLabel.values();
    }

    private static Optional<String> label(String line) {
        try {
            return Optional.ofNullable(JSON.readTree(line).get("label"))
                    .filter(JsonNode::isValueNode)
                    .map(JsonNode::asText);
        } catch (JsonProcessingException e) {
            return Optional.empty(); // whoever reads the records says what is wrong with them
        }
    }

    private List<String> shuffled(List<String> records) {
        List<String> shuffled = new ArrayList<>(records);
        for (int i = shuffled.size() - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            String moved = shuffled.set(i, shuffled.get(j));
            shuffled.set(j, moved);
        }
        return shuffled;
    }

    private double[] dirichlet(double alpha) {
        double[] shares = new double[split.sites()];
        double sum = 0;
        for (int k = 0; k < shares.length; k++) {
            shares[k] = gamma(alpha);
            sum += shares[k];
        }
        for (int k = 0; k < shares.length; k++) {
            shares[k] = sum > 0 ? shares[k] / sum : 1.0 / shares.length;
        }
        return shares;
    }

    /** Marsaglia and Tsang 2000, https://doi.org/10.1145/358407.358414. */
    private double gamma(double shape) {
        if (shape < 1) {
            return gamma(shape + 1) * Math.pow(1 - random.nextDouble(), 1 / shape);
        }
        double d = shape - 1.0 / 3;
        double c = 1 / Math.sqrt(9 * d);
        while (true) {
            double x = random.nextGaussian();
            double v = Math.pow(1 + c * x, 3);
            if (v > 0 && Math.log(1 - random.nextDouble()) < 0.5 * x * x + d - d * v + d * Math.log(v)) {
                return d * v;
            }
        }
    }

    private static SortedMap<String, Path> write(Path folder, List<String> hand, DataSettings data) throws IOException {
        Files.createDirectories(folder);
        List<String> train = new ArrayList<>(hand);
        SortedMap<String, Path> files = new TreeMap<>();
        Optional<String> validate = data.validate().filter(name -> !name.equals(data.train()));
        if (validate.isPresent() && hand.size() > 1) {
            List<String> heldOut = new ArrayList<>();
            train.clear();
            for (int i = 0; i < hand.size(); i++) {
                (i % HELD_OUT == HELD_OUT - 1 || (i == 1 && hand.size() < HELD_OUT) ? heldOut : train).add(hand.get(i));
            }
            files.put(validate.get(), file(folder, validate.get(), heldOut));
        }
        files.put(data.train(), file(folder, data.train(), train));
        return files;
    }

    private static Path file(Path folder, String dataset, List<String> records) throws IOException {
        Path file = folder.resolve(dataset + ".jsonl");
        Durable.write(
                file,
                String.join("", records.stream().map(record -> record + "\n").toList())
                        .getBytes(StandardCharsets.UTF_8));
        return file;
    }
}
