package io.weft.distribution.framework;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.test.common.annotation.InjectBundleContext;
import org.osgi.test.junit5.context.BundleContextExtension;

@ExtendWith(BundleContextExtension.class)
class EngineTest {

    @InjectBundleContext
    BundleContext context;

    @Test
    @EnabledOnOs(OS.LINUX)
    void loadsItsLibrariesWhenItIsUsedAndNotBefore() throws IOException {
        ServiceReference<Engine> reference = context.getServiceReference(Engine.class);
        assertEquals("io.weft.djl", reference.getBundle().getSymbolicName());
        assertFalse(isLibtorchLoaded(), "libtorch is loaded at the start of the framework");

        Engine engine = context.getService(reference);

        assertEquals("PyTorch", engine.getEngineName());
        assertTrue(isLibtorchLoaded());
        context.ungetService(reference);
    }

    private static boolean isLibtorchLoaded() throws IOException {
        return Files.readString(Path.of("/proc/self/maps")).contains("libtorch_cpu");
    }
}
