package io.weft.plugins.internal;

import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_DELETE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_MODIFY;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says that something in one of some folders may have changed, as the operating system reports it. The folders may be missing, come
 * and go, or be exchanged for others of the same name: so those they lie in are watched too.
 */
final class FolderWatch implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(FolderWatch.class);

    private final List<Path> folders;
    private final Runnable changed;
    private final WatchService watch;
    private final Thread thread;

    private FolderWatch(Collection<Path> folders, Runnable changed) throws IOException {
        this.folders = List.copyOf(folders);
        this.changed = changed;
        this.watch = FileSystems.getDefault().newWatchService();
        this.thread = new Thread(this::run, "weft-plugin-folders");
        this.thread.setDaemon(true);
    }

    /** @param changed is called on the watch's own thread, also when nothing that matters has changed */
    static FolderWatch start(Collection<Path> folders, Runnable changed) throws IOException {
        FolderWatch started = new FolderWatch(folders, changed);
        started.register();
        started.thread.start();
        return started;
    }

    private void run() {
        try {
            while (true) {
                WatchKey key = watch.take();
                key.pollEvents();
                key.reset();
                register();
                changed.run();
            }
        } catch (ClosedWatchServiceException | InterruptedException e) {
            LOG.debug("plugin folders are not watched any more");
        }
    }

    /** Registering what is registered changes nothing, and costs less than finding out. */
    private void register() {
        Set<Path> outer = new LinkedHashSet<>();
        folders.forEach(folder -> outer.add(folder.getParent()));
        for (Path folder : outer) {
            register(folder, ENTRY_CREATE, ENTRY_DELETE);
        }
        for (Path folder : folders) {
            register(folder, ENTRY_CREATE, ENTRY_MODIFY, ENTRY_DELETE);
        }
    }

    private void register(Path folder, WatchEvent.Kind<?>... kinds) {
        if (Files.isDirectory(folder)) {
            try {
                folder.register(watch, kinds);
            } catch (IOException e) {
                LOG.warn("changes in {} are not noticed: {}", folder, e.toString());
            }
        }
    }

    @Override
    public void close() throws IOException {
        watch.close();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
