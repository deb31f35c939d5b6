package io.weft.lm.internal.training;

import java.lang.management.ManagementFactory;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/**
 * Gives what a task has freed back to the system.
 *
 * <p>The C library keeps freed blocks for the next step, which is what makes steps quick. Between tasks other sites of the process, or
 * other processes, can use them; what a site keeps lies between them, so that without this each further site takes new ones.
 */
final class FreedMemory {

    private static final String COMMANDS = "com.sun.management:type=DiagnosticCommand";
    private static final String TRIM = "systemTrimNativeHeap";

    private FreedMemory() {}

    /** Where Java cannot ask the C library for that, nothing happens. */
    static void giveBack() {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        try {
            server.invoke(new ObjectName(COMMANDS), TRIM, new Object[0], new String[0]);
        } catch (JMException e) {
            // Java on a system with another C library has no such command; what is freed stays with the process, as it
            // always did.
            return;
        }
    }
}
