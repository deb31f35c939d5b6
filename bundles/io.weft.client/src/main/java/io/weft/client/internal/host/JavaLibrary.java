package io.weft.client.internal.host;

import io.weft.client.ClientLibrary;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** The Client API in Java: this bundle's own classes, without the site's half, laid out into a folder when they are first asked for. */
@Component
public final class JavaLibrary implements ClientLibrary {

    private static final String ROOT = "/io/weft/client";
    private static final String SITES_HALF = ROOT + "/internal/host/";

    private final Bundle bundle;
    private final Path folder;
    private boolean complete;

    @Activate
    public JavaLibrary(BundleContext context) {
        this.bundle = context.getBundle();
        this.folder = context.getDataFile("java").toPath();
    }

    @Override
    public String variable() {
        return "CLASSPATH";
    }

    /** The folder that a program was started in. */
    @Override
    public String otherwise() {
        return ".";
    }

    /** The jars of the folder that a program was started in, where those lie that travelled with the job. */
    @Override
    public String besides() {
        return "*";
    }

    @Override
    public synchronized Path folder() throws IOException {
        if (!complete) {
            for (URL file : Collections.list(bundle.findEntries(ROOT, "*.class", true))) {
                if (!file.getPath().startsWith(SITES_HALF)) {
                    Path to = folder.resolve(file.getPath().substring(1));
                    Files.createDirectories(to.getParent());
                    try (InputStream in = file.openStream()) {
                        Files.copy(in, to, StandardCopyOption.REPLACE_EXISTING);
                    }
                }
            }
            complete = true;
        }
        return folder;
    }
}
