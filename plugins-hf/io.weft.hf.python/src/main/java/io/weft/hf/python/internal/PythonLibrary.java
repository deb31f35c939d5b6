package io.weft.hf.python.internal;

import io.weft.client.ClientLibrary;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.Enumeration;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** Lays the Python package {@code weft} out of this bundle into a folder, when it is first asked for. */
@Component
public final class PythonLibrary implements ClientLibrary {

    private static final String ROOT = "/python/";

    private final Bundle bundle;
    private final Path folder;
    private boolean complete;

    @Activate
    public PythonLibrary(BundleContext context) {
        this(context.getBundle(), context.getDataFile("python").toPath());
    }

    PythonLibrary(Bundle bundle, Path folder) {
        this.bundle = bundle;
        this.folder = folder;
    }

    @Override
    public String variable() {
        return "PYTHONPATH";
    }

    @Override
    public synchronized Path folder() throws IOException {
        if (!complete) {
            Enumeration<URL> files = bundle.findEntries(ROOT, "*.py", true);
            for (URL file : Collections.list(files)) {
                Path to = folder.resolve(file.getPath().substring(ROOT.length()));
                Files.createDirectories(to.getParent());
                try (InputStream in = file.openStream()) {
                    Files.copy(in, to, StandardCopyOption.REPLACE_EXISTING);
                }
            }
            complete = true;
        }
        return folder;
    }
}
