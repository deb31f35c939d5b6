package io.weft.site.daemon.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Refusal;
import io.weft.identity.Kit;
import io.weft.identity.ProjectFile;
import io.weft.identity.Provisioning;
import io.weft.identity.Wish;
import io.weft.job.Section;
import io.weft.launch.Resident.Finding;
import io.weft.site.ServerProbe;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SiteCheckTest {

    private static final Clock NOW = Clock.systemUTC();

    @TempDir
    Path folder;

    private Path home;

    @BeforeEach
    void lay() throws IOException {
        home = folder.resolve("site-1");
        Path conf = Files.createDirectories(home.resolve("conf"));
        Files.createDirectories(home.resolve("records"));
        Files.writeString(home.resolve("records/words.jsonl"), "{\"text\": \"the wind blows\"}\n");
        Files.writeString(conf.resolve("datasets.yaml"), "words: {files: [records/words.jsonl]}\n");
    }

    /** A site's kit of a project whose server has a port at which nobody listens. */
    private void layKit() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        Path kits = folder.resolve("kits");
        Provisioning.run(ProjectFile.parse("""
                        name: one-clinic
                        server: {host: 127.0.0.1, port: %d}
                        sites: [{name: site-1, organisation: north}]
                        admins: [{name: lead@example.org, organisation: north, role: lead}]
                        """.formatted(port), "project.yaml"), kits, new Wish.Nothing(), NOW);
        Files.move(kits.resolve("site-1"), home.resolve("kit"));
    }

    /** Nobody has a server. */
    private static ServerProbe.Seen nobodyAnswers(Kit kit) throws IOException {
        throw new IOException("nobody answers at " + kit.server());
    }

    /** The only filter that is installed. */
    private static void clipAlone(Section filter) {
        if (!filter.type().equals("clip")) {
            throw filter.refuse("it is not installed");
        }
    }

    private Finding server(SiteCheck.Probe probe) throws IOException, InterruptedException {
        layKit();
        return finding("server", NOW, probe);
    }

    private Finding finding(String subject) throws IOException, InterruptedException {
        return finding(subject, NOW);
    }

    private Finding finding(String subject, Clock clock) throws IOException, InterruptedException {
        return finding(subject, clock, SiteCheckTest::nobodyAnswers);
    }

    private Finding finding(String subject, Clock clock, SiteCheck.Probe probe)
            throws IOException, InterruptedException {
        List<Finding> findings = new SiteCheck(home, clock, probe, SiteCheckTest::clipAlone)
                .findings().stream()
                        .filter(one -> one.subject().equals(subject))
                        .toList();
        assertEquals(1, findings.size(), findings.toString());
        return findings.get(0);
    }

    @Test
    void aServerThatIsNotThereIsToldWithWhatToDo() throws Exception {
        layKit();

        Finding server = finding("server");

        assertTrue(!server.fine() && server.words().contains("see that the server runs"), server.toString());
        assertTrue(finding("kit").fine());
        assertTrue(finding("clock").fine());
    }

    @Test
    void aServerThatHasNoSiteOfThatNameYetIsFine() throws Exception {
        assertTrue(server(kit -> new ServerProbe.Seen(false, Optional.empty())).fine());
    }

    @Test
    void aSecondProcessWithTheSameKitIsTold() throws Exception {
        Finding server = server(kit -> new ServerProbe.Seen(true, Optional.empty()));

        assertTrue(!server.fine() && server.words().contains("another process uses this kit"), server.toString());
    }

    @Test
    void theSiteOfThisHomeIsNoSecondOne() throws Exception {
        Files.createDirectories(home.resolve("data"));
        Files.writeString(
                home.resolve("data/resident.pid"), ProcessHandle.current().pid() + "\n");

        assertTrue(server(kit -> new ServerProbe.Seen(true, Optional.empty())).fine());
    }

    @Test
    void whatTheServerRefusesIsTold() throws Exception {
        Finding server = server(kit -> {
            throw new Refusal("site-1 was revoked");
        });

        assertTrue(
                !server.fine() && server.words().contains("refuses this site: site-1 was revoked"), server.toString());
    }

    @Test
    void certificatesThatDoNotFitAreToldAsThat() throws Exception {
        Finding server = server(kit -> {
            throw new IOException("no connection", new SSLHandshakeException("unknown authority"));
        });

        assertTrue(!server.fine() && server.words().contains("the certificates do not fit"), server.toString());
    }

    @Test
    void aPolicyThatCannotBeReadIsToldWithItsLine() throws Exception {
        Files.writeString(home.resolve("conf/policy.yaml"), "approval: always\nstrategys: [lora]\n");

        Finding policy = finding("policy");

        assertTrue(!policy.fine() && policy.words().contains("policy.yaml:2"), policy.toString());
    }

    @Test
    void aPolicyWhoseFilterIsNotHereIsToldWithItsLine() throws Exception {
        Path file = home.resolve("conf/policy.yaml");
        Files.writeString(file, "filters:\n  apply: [{type: clip, norm: 1}]\n");
        assertEquals(
                new Finding("policy", true, file + " can be read, and the filters that it applies are here: clip"),
                finding("policy"));

        Files.writeString(file, "filters:\n  apply:\n    - {type: clip, norm: 1}\n    - noise\n");
        assertEquals(new Finding("policy", false, "conf/policy.yaml:4: it is not installed"), finding("policy"));
    }

    @Test
    void aSiteWithoutAPolicyIsToldWhatThatMeans() throws Exception {
        assertEquals(
                new Finding(
                        "policy", true, "none, so every job of the project may run that brings no program of its own"),
                finding("policy"));
    }

    @Test
    void aClockThatIsBehindIsTold() throws Exception {
        layKit();

        Finding clock = finding("clock", Clock.offset(NOW, Duration.ofDays(-2)));

        assertTrue(!clock.fine() && clock.words().contains("set the clock"), clock.toString());
    }

    @Test
    void aClockThatDiffersFromTheServersIsTold() throws Exception {
        layKit();
        Instant now = NOW.instant();

        Finding ahead = finding("clock", NOW, kit -> seenAt(now.minus(Duration.ofHours(2))));
        Finding behind = finding("clock", NOW, kit -> seenAt(now.plus(Duration.ofHours(2))));
        Finding near = finding("clock", NOW, kit -> seenAt(now.minus(Duration.ofMinutes(50))));

        assertTrue(!ahead.fine() && ahead.words().contains("set the clock that is wrong"), ahead.toString());
        assertTrue(!behind.fine(), behind.toString());
        assertTrue(near.fine() && near.words().contains("as at the server"), near.toString());
    }

    private static ServerProbe.Seen seenAt(Instant time) {
        return new ServerProbe.Seen(false, Optional.of(time));
    }

    @Test
    void aHomeWithoutAKitIsToldSo() throws Exception {
        assertTrue(!finding("kit").fine());
    }

    @Test
    void recordsThatAreNoneAreToldWithTheirFile() throws Exception {
        Files.writeString(home.resolve("records/words.jsonl"), "text\nthe wind blows\n");

        Finding datasets = finding("datasets");

        assertTrue(!datasets.fine() && datasets.words().contains("words.jsonl:1: "), datasets.toString());
    }

    @Test
    void aByteOrderMarkIsNoPartOfTheFirstRecord() throws Exception {
        Files.writeString(home.resolve("records/words.jsonl"), "\uFEFF{\"text\": \"the wind blows\"}\n");

        assertTrue(finding("datasets").fine(), finding("datasets").toString());
    }

    @Test
    void everyDatasetThatIsWrongIsALineOfItsOwn() throws Exception {
        Files.writeString(
                home.resolve("conf/datasets.yaml"),
                "gone: {files: [records/gone.jsonl]}\nlost: {files: [records/lost.jsonl]}\nwords: {files: [records/words.jsonl]}\n");

        assertEquals(
                List.of(false, false, true),
                new SiteCheck(home, NOW, SiteCheckTest::nobodyAnswers, SiteCheckTest::clipAlone)
                        .findings().stream()
                                .filter(one -> one.subject().equals("datasets"))
                                .map(Finding::fine)
                                .toList());
    }

    @Test
    void aModelMayBeOneFile() throws Exception {
        byte[] contents =
                "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}".getBytes(StandardCharsets.UTF_8);
        ByteBuffer file = ByteBuffer.allocate(8 + contents.length + 4).order(ByteOrder.LITTLE_ENDIAN);
        Files.write(
                home.resolve("w.safetensors"),
                file.putLong(contents.length).put(contents).putFloat(1).array());
        Files.writeString(home.resolve("conf/models.yaml"), "w: {folder: w.safetensors}\n");

        assertEquals(new Finding("models", true, "w"), finding("models"));
    }

    @Test
    void weightsThatWereCutAreTold() throws Exception {
        Path model = Files.createDirectories(home.resolve("model"));
        Files.writeString(model.resolve("config.json"), "{}");
        Files.write(model.resolve("model.safetensors"), new byte[] {64, 0, 0, 0, 0, 0, 0, 0, '{'});
        Files.writeString(home.resolve("conf/models.yaml"), "base: {folder: model}\n");

        Finding models = finding("models");

        assertTrue(!models.fine() && models.words().contains("model.safetensors"), models.toString());
    }
}
