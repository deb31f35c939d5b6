package io.weft.simulate.internal;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.ProviderMismatchException;
import java.nio.file.StandardOpenOption;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.stream.StreamSupport;

/**
 * The machine's file system as a process sees it that is killed at its n-th change of a file or folder: that change happens by half,
 * and none after it. Nothing is synced, because what a killed process has written is there.
 */
final class MortalFileSystem extends FileSystem {

    private static final FileSystem REAL = FileSystems.getDefault();
    private static final Set<StandardOpenOption> WRITING = Set.of(
            StandardOpenOption.WRITE,
            StandardOpenOption.APPEND,
            StandardOpenOption.CREATE,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.TRUNCATE_EXISTING);

    private final Provider provider = new Provider();
    private long left = Long.MAX_VALUE;
    private long changes;

    /** The same place, seen through this file system. */
    Path of(Path real) {
        return new MortalPath(real);
    }

    /** Lets so many more changes happen. */
    synchronized void dieAfter(long more) {
        left = more;
        changes = 0;
    }

    /** A new process, which lives on. */
    void live() {
        dieAfter(Long.MAX_VALUE);
    }

    /** How many changes there were since it was last said how many there may be. */
    synchronized long changes() {
        return changes;
    }

    synchronized boolean isDead() {
        return left == 0;
    }

    /** Counts a change; true for the last one. */
    private synchronized boolean last() throws IOException {
        if (left == 0) {
            throw new IOException("the process was killed");
        }
        changes++;
        left--;
        return left == 0;
    }

    private void change() throws IOException {
        if (last()) {
            throw new IOException("the process was killed");
        }
    }

    private static Path real(Path path) {
        if (path instanceof MortalPath mortal) {
            return mortal.real;
        }
        throw new ProviderMismatchException(path.toString());
    }

    @Override
    public FileSystemProvider provider() {
        return provider;
    }

    @Override
    public void close() {}

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public boolean isReadOnly() {
        return false;
    }

    @Override
    public String getSeparator() {
        return REAL.getSeparator();
    }

    @Override
    public Iterable<Path> getRootDirectories() {
        return StreamSupport.stream(REAL.getRootDirectories().spliterator(), false)
                .map(this::of)
                .toList();
    }

    @Override
    public Iterable<FileStore> getFileStores() {
        return REAL.getFileStores();
    }

    @Override
    public Set<String> supportedFileAttributeViews() {
        return REAL.supportedFileAttributeViews();
    }

    @Override
    public Path getPath(String first, String... more) {
        return of(REAL.getPath(first, more));
    }

    @Override
    public PathMatcher getPathMatcher(String pattern) {
        PathMatcher matcher = REAL.getPathMatcher(pattern);
        return path -> matcher.matches(real(path));
    }

    @Override
    public UserPrincipalLookupService getUserPrincipalLookupService() {
        return REAL.getUserPrincipalLookupService();
    }

    @Override
    public WatchService newWatchService() {
        throw new UnsupportedOperationException();
    }

    private final class MortalPath implements Path {

        private final Path real;

        MortalPath(Path real) {
            this.real = real;
        }

        private Path nullable(Path path) {
            return path == null ? null : of(path);
        }

        @Override
        public FileSystem getFileSystem() {
            return MortalFileSystem.this;
        }

        @Override
        public boolean isAbsolute() {
            return real.isAbsolute();
        }

        @Override
        public Path getRoot() {
            return nullable(real.getRoot());
        }

        @Override
        public Path getFileName() {
            return nullable(real.getFileName());
        }

        @Override
        public Path getParent() {
            return nullable(real.getParent());
        }

        @Override
        public int getNameCount() {
            return real.getNameCount();
        }

        @Override
        public Path getName(int index) {
            return of(real.getName(index));
        }

        @Override
        public Path subpath(int beginIndex, int endIndex) {
            return of(real.subpath(beginIndex, endIndex));
        }

        @Override
        public boolean startsWith(Path other) {
            return other instanceof MortalPath && real.startsWith(real(other));
        }

        @Override
        public boolean endsWith(Path other) {
            return other instanceof MortalPath && real.endsWith(real(other));
        }

        @Override
        public Path normalize() {
            return of(real.normalize());
        }

        @Override
        public Path resolve(Path other) {
            return of(real.resolve(real(other)));
        }

        @Override
        public Path relativize(Path other) {
            return of(real.relativize(real(other)));
        }

        @Override
        public URI toUri() {
            return real.toUri();
        }

        @Override
        public Path toAbsolutePath() {
            return of(real.toAbsolutePath());
        }

        @Override
        public Path toRealPath(LinkOption... options) throws IOException {
            return of(real.toRealPath(options));
        }

        @Override
        public WatchKey register(WatchService watcher, WatchEvent.Kind<?>[] events, WatchEvent.Modifier... modifiers) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int compareTo(Path other) {
            return real.compareTo(real(other));
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof MortalPath path && real.equals(path.real);
        }

        @Override
        public int hashCode() {
            return real.hashCode();
        }

        @Override
        public String toString() {
            return real.toString();
        }
    }

    private final class Provider extends FileSystemProvider {

        private final FileSystemProvider real = REAL.provider();

        @Override
        public String getScheme() {
            return "mortal";
        }

        @Override
        public FileSystem newFileSystem(URI uri, Map<String, ?> env) {
            throw new UnsupportedOperationException();
        }

        @Override
        public FileSystem getFileSystem(URI uri) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Path getPath(URI uri) {
            throw new UnsupportedOperationException();
        }

        @Override
        public FileChannel newFileChannel(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
                throws IOException {
            boolean writes = options.stream().anyMatch(WRITING::contains);
            if (writes) {
                change();
            }
            FileChannel channel = real.newFileChannel(real(path), options, attributes);
            return writes ? new MortalChannel(channel) : channel;
        }

        @Override
        public SeekableByteChannel newByteChannel(
                Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes) throws IOException {
            return newFileChannel(path, options, attributes);
        }

        @Override
        public DirectoryStream<Path> newDirectoryStream(Path folder, DirectoryStream.Filter<? super Path> filter)
                throws IOException {
            DirectoryStream<Path> entries = real.newDirectoryStream(real(folder), entry -> filter.accept(of(entry)));
            return new DirectoryStream<>() {
                @Override
                public Iterator<Path> iterator() {
                    return StreamSupport.stream(entries.spliterator(), false)
                            .map(MortalFileSystem.this::of)
                            .iterator();
                }

                @Override
                public void close() throws IOException {
                    entries.close();
                }
            };
        }

        @Override
        public void createDirectory(Path folder, FileAttribute<?>... attributes) throws IOException {
            change();
            real.createDirectory(real(folder), attributes);
        }

        @Override
        public void createSymbolicLink(Path link, Path target, FileAttribute<?>... attributes) throws IOException {
            change();
            real.createSymbolicLink(real(link), real(target), attributes);
        }

        @Override
        public Path readSymbolicLink(Path link) throws IOException {
            return of(real.readSymbolicLink(real(link)));
        }

        @Override
        public void delete(Path path) throws IOException {
            change();
            real.delete(real(path));
        }

        @Override
        public boolean deleteIfExists(Path path) throws IOException {
            change();
            return real.deleteIfExists(real(path));
        }

        @Override
        public void copy(Path source, Path target, CopyOption... options) throws IOException {
            change();
            real.copy(real(source), real(target), options);
        }

        @Override
        public void move(Path source, Path target, CopyOption... options) throws IOException {
            change();
            real.move(real(source), real(target), options);
        }

        @Override
        public boolean isSameFile(Path path, Path other) throws IOException {
            return real.isSameFile(real(path), real(other));
        }

        @Override
        public boolean isHidden(Path path) throws IOException {
            return real.isHidden(real(path));
        }

        @Override
        public FileStore getFileStore(Path path) throws IOException {
            return real.getFileStore(real(path));
        }

        @Override
        public void checkAccess(Path path, AccessMode... modes) throws IOException {
            real.checkAccess(real(path), modes);
        }

        @Override
        public <V extends FileAttributeView> V getFileAttributeView(Path path, Class<V> type, LinkOption... options) {
            return real.getFileAttributeView(real(path), type, options);
        }

        @Override
        public <A extends BasicFileAttributes> A readAttributes(Path path, Class<A> type, LinkOption... options)
                throws IOException {
            return real.readAttributes(real(path), type, options);
        }

        @Override
        public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options)
                throws IOException {
            return real.readAttributes(real(path), attributes, options);
        }

        @Override
        public void setAttribute(Path path, String attribute, Object value, LinkOption... options) throws IOException {
            change();
            real.setAttribute(real(path), attribute, value, options);
        }
    }

    private final class MortalChannel extends FileChannel {

        private final FileChannel real;

        MortalChannel(FileChannel real) {
            this.real = real;
        }

        /** The last write is torn. */
        private int written(ByteBuffer from, Writing writing) throws IOException {
            if (!last()) {
                return writing.write(from);
            }
            ByteBuffer half = from.duplicate();
            writing.write(half.limit(half.position() + half.remaining() / 2));
            throw new IOException("the process was killed");
        }

        @Override
        public int write(ByteBuffer from) throws IOException {
            return written(from, real::write);
        }

        @Override
        public int write(ByteBuffer from, long position) throws IOException {
            return written(from, bytes -> real.write(bytes, position));
        }

        @Override
        public long write(ByteBuffer[] from, int offset, int length) throws IOException {
            change();
            return real.write(from, offset, length);
        }

        @Override
        public FileChannel truncate(long size) throws IOException {
            change();
            real.truncate(size);
            return this;
        }

        @Override
        public void force(boolean metaData) {}

        @Override
        public int read(ByteBuffer into) throws IOException {
            return real.read(into);
        }

        @Override
        public long read(ByteBuffer[] into, int offset, int length) throws IOException {
            return real.read(into, offset, length);
        }

        @Override
        public int read(ByteBuffer into, long position) throws IOException {
            return real.read(into, position);
        }

        @Override
        public long position() throws IOException {
            return real.position();
        }

        @Override
        public FileChannel position(long position) throws IOException {
            real.position(position);
            return this;
        }

        @Override
        public long size() throws IOException {
            return real.size();
        }

        @Override
        public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
            return real.transferTo(position, count, target);
        }

        @Override
        public long transferFrom(ReadableByteChannel source, long position, long count) throws IOException {
            change();
            return real.transferFrom(source, position, count);
        }

        @Override
        public MappedByteBuffer map(MapMode mode, long position, long size) throws IOException {
            return real.map(mode, position, size);
        }

        @Override
        public FileLock lock(long position, long size, boolean shared) throws IOException {
            return real.lock(position, size, shared);
        }

        @Override
        public FileLock tryLock(long position, long size, boolean shared) throws IOException {
            return real.tryLock(position, size, shared);
        }

        @Override
        protected void implCloseChannel() throws IOException {
            real.close();
        }
    }

    /** One way to write a buffer. */
    @FunctionalInterface
    private interface Writing {
        int write(ByteBuffer from) throws IOException;
    }
}
