package io.weft.distribution.tests.process;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weft.distribution.tests.process.Workbench.Outcome;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/** A project of a server, two sites and two admins: its kits, and the homes that they are laid into. */
final class Network {

    static final String LEAD = "lead@example.org";

    static final String MEMBER = "member@example.org";

    private final Workbench workbench;
    private final Path work;
    private final int port;

    private Network(Workbench workbench, Path work, int port) {
        this.workbench = workbench;
        this.work = work;
        this.port = port;
    }

    /** Makes the kits, a base and records in an empty folder. */
    static Network provision(Path work, String jobFile) throws IOException, InterruptedException {
        Network network = new Network(Workbench.unpacked(), work, freePort());
        Federation.lay(work, "site-1", "site-2");
        Files.writeString(work.resolve("job.yaml"), jobFile);
        Files.writeString(work.resolve("project.yaml"), """
                name: two-sites
                server: {host: localhost, port: %d}
                sites:  [{name: site-1, organisation: north}, {name: site-2, organisation: south}]
                admins: [{name: %s, organisation: north, role: lead}, {name: %s, organisation: north, role: member}]
                """.formatted(network.port, LEAD, MEMBER));
        network.provisionAgain();
        return network;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Runs {@code weft provision} with further words. */
    void provisionAgain(String... more) throws IOException, InterruptedException {
        List<String> line = Stream.concat(
                        Stream.of(
                                "provision",
                                work.resolve("project.yaml").toString(),
                                "--out",
                                work.resolve("kits").toString()),
                        Stream.of(more))
                .toList();
        Outcome provisioned = workbench.run(line.toArray(String[]::new));
        assertEquals(0, provisioned.exit(), provisioned.out() + provisioned.err());
    }

    /** The server's port. */
    int port() {
        return port;
    }

    Path job() {
        return work.resolve("job.yaml");
    }

    Path kit(String name) {
        return work.resolve("kits").resolve(name);
    }

    /** Simulates the same federation, and gives the weights of its result. */
    byte[] simulated() throws IOException, InterruptedException {
        Path out = work.resolve("simulated");
        Outcome simulated = workbench.run("simulate", job().toString(), "--out", out.toString());
        assertEquals(0, simulated.exit(), simulated.out() + simulated.err());
        return weights(out);
    }

    static byte[] weights(Path run) throws IOException {
        return Files.readAllBytes(run.resolve("result/adapter_model.safetensors"));
    }

    /** Has an admin ask something, and waits for the answer. */
    Outcome asked(String admin, String... words) throws IOException, InterruptedException {
        return workbench.run(line(admin, words));
    }

    /** Has an admin ask something whose answer takes its time. */
    LiveRun live(String admin, String... words) throws IOException {
        return workbench.live(line(admin, words));
    }

    private String[] line(String admin, String... words) {
        return Stream.concat(Stream.of(words), Stream.of("--kit", kit(admin).toString(), "--wait", "120"))
                .toArray(String[]::new);
    }

    /** The server, whose status page takes any port that is free. */
    Home server() throws IOException, InterruptedException {
        Home server = home("server", "server");
        Path conf = Files.createDirectories(server.folder().resolve("conf"));
        Files.writeString(conf.resolve("status-page.yaml"), "port: 0\n");
        nameBase(conf);
        return server;
    }

    private void nameBase(Path conf) throws IOException {
        Files.writeString(conf.resolve("models.yaml"), "base: {folder: '" + work.resolve("base") + "'}\n");
    }

    /** A site with the records that the simulated one has, and without a base. */
    Home siteWithoutBase(String name) throws IOException, InterruptedException {
        Home site = site(name);
        Files.delete(site.folder().resolve("conf/models.yaml"));
        return site;
    }

    /** A site with the records that the simulated one has. */
    Home site(String name) throws IOException, InterruptedException {
        Home site = home("site", name);
        Path conf = Files.createDirectories(site.folder().resolve("conf"));
        Path data = work.resolve("sites").resolve(name);
        Files.writeString(
                conf.resolve("datasets.yaml"),
                "words: {files: ['" + data.resolve("words.jsonl") + "']}\nwords-eval: {files: ['"
                        + data.resolve("words-eval.jsonl") + "']}\n");
        nameBase(conf);
        return site;
    }

    /** Spoils the records of a site with a line that is left out. */
    void addMalformedLine(String site) throws IOException {
        Files.writeString(
                work.resolve("sites").resolve(site).resolve("words.jsonl"), "{spoilt\n", StandardOpenOption.APPEND);
    }

    /** Where all lies. */
    Path folder() {
        return work;
    }

    /** A site that dials another port than the server's. */
    Home site(String name, int dialed) throws IOException, InterruptedException {
        Home site = site(name);
        Path settings = site.folder().resolve("kit/kit.yaml");
        String text = Files.readString(settings);
        Files.writeString(settings, text.replace(Integer.toString(port), Integer.toString(dialed)));
        return site;
    }

    private Home home(String kind, String name) throws IOException, InterruptedException {
        Path home = Files.createDirectories(work.resolve("homes").resolve(name));
        Path kit = Files.createDirectories(home.resolve("kit"));
        try (Stream<Path> files = Files.list(kit(name))) {
            for (Path file : files.toList()) {
                if (!Files.exists(kit.resolve(file.getFileName()))) {
                    Files.copy(file, kit.resolve(file.getFileName()));
                }
            }
        }
        return new Home(Archive.of(kind).unpacked(), home);
    }
}
