package io.weft.transport.mina;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/** A TCP proxy in front of a listener that can cut what passes through it. */
final class CuttingProxy implements AutoCloseable {

    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final int target;
    private final List<Socket> sockets = new ArrayList<>();

    CuttingProxy(URI target) throws IOException {
        this.target = target.getPort();
        begin(this::accept);
    }

    URI at() {
        return URI.create("weft://localhost:" + server.getLocalPort());
    }

    /** Ends every connection that passes through now. */
    synchronized void cut() {
        sockets.forEach(CuttingProxy::end);
        sockets.clear();
    }

    private void accept() {
        try {
            while (true) {
                Socket from = server.accept();
                Socket to = new Socket(InetAddress.getLoopbackAddress(), target);
                synchronized (this) {
                    sockets.add(from);
                    sockets.add(to);
                }
                begin(() -> pass(from, to));
                begin(() -> pass(to, from));
            }
        } catch (IOException e) {
            cut(); // closed
        }
    }

    private static void pass(Socket from, Socket to) {
        byte[] some = new byte[64 << 10];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int length = in.read(some); length >= 0; length = in.read(some)) {
                out.write(some, 0, length);
            }
        } catch (IOException e) {
            // cut
        } finally {
            end(from);
            end(to);
        }
    }

    private static void begin(Runnable work) {
        Thread thread = new Thread(work, "proxy");
        thread.setDaemon(true);
        thread.start();
    }

    private static void end(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        cut();
    }
}
