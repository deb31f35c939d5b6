package io.weft.launch.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HomeTest {

    @TempDir
    Path folder;

    private Path named;
    private Path environment;
    private Path userFolder;
    private Installation installation;

    @BeforeEach
    void lay() throws IOException {
        named = folder.resolve("named");
        environment = folder.resolve("environment");
        userFolder = folder.resolve("user");
        installation = new Installation(Files.createDirectory(folder.resolve("installation")));
    }

    @Test
    void theCommandLineGoesFirst() {
        assertEquals(named, choose(Optional.of(named), Optional.of(environment.toString())));
    }

    @Test
    void thenTheEnvironment() {
        assertEquals(environment, choose(Optional.empty(), Optional.of(environment.toString())));
    }

    @Test
    void thenAnInstallationThatCanBeWritten() {
        assertEquals(installation.root(), choose(Optional.empty(), Optional.of("")));
    }

    @Test
    void elseTheUsersOwnFolder() {
        installation = new Installation(folder.resolve("missing"));

        assertEquals(userFolder.resolve(".weft"), choose(Optional.empty(), Optional.empty()));
    }

    @Test
    void hasItsDataFolders() {
        Home home = Home.choose(Optional.of(named), Optional.empty(), installation, userFolder);

        assertTrue(Files.isDirectory(home.runs()));
        assertTrue(Files.isDirectory(home.logs()));
    }

    @Test
    void whoLivesThereHasTheLogForThemselves() throws IOException {
        Home home = Home.choose(Optional.of(named), Optional.empty(), installation, userFolder);
        assertEquals(home.logs().resolve("weft.log"), home.log(List.of("jobs")));

        Files.createDirectory(named.resolve("kit"));

        assertEquals(home.logs().resolve("weft.log"), home.log(List.of("start", "--foreground")));
        assertEquals(home.logs().resolve("commands.log"), home.log(List.of("jobs")));
    }

    @Test
    void aFileInItsPlaceIsRefusedByName() throws IOException {
        Files.writeString(named, "");

        Unstartable refused = assertThrows(Unstartable.class, () -> choose(Optional.of(named), Optional.empty()));

        assertTrue(refused.getMessage().contains(named.toString()), refused.getMessage());
        assertTrue(refused.getMessage().contains("WEFT_HOME"), refused.getMessage());
    }

    @Test
    void aHomeWithoutRoomForAFrameworkIsRefused() throws IOException {
        Home home = Home.choose(Optional.of(named), Optional.empty(), installation, userFolder);

        home.requireRoom(20_000_000);
        assertTrue(home.usable() > 0);
        Unstartable refused = assertThrows(Unstartable.class, () -> home.requireRoom(123_456));
        assertTrue(
                refused.getMessage().startsWith("there are 123 kB left for the home " + named + ", "),
                refused.getMessage());
    }

    private Path choose(Optional<Path> onTheLine, Optional<String> inTheEnvironment) {
        return Home.choose(onTheLine, inTheEnvironment, installation, userFolder)
                .root();
    }
}
