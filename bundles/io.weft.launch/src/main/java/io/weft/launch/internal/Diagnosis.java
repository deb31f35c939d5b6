package io.weft.launch.internal;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;

/** Collects why bundles and components are not at work, so that a start that fails can be mended. */
final class Diagnosis {

    private final BundleContext context;
    private final Queue<String> findings = new ConcurrentLinkedQueue<>();

    Diagnosis(BundleContext context) {
        this.context = context;
    }

    void refused(Path jar, String reason) {
        findings.add(jar + ": " + reason);
    }

    /** All there is to say, or that everything is active. */
    String describe() {
        List<String> all = new ArrayList<>(findings);
        all.addAll(idleBundles());
        all.addAll(idleComponents());
        return all.isEmpty()
                ? "every bundle is active and every component satisfied"
                : all.stream().distinct().collect(Collectors.joining("; "));
    }

    private List<String> idleBundles() {
        List<String> idle = new ArrayList<>();
        for (Bundle bundle : context.getBundles()) {
            if (isIdle(bundle)) {
                try {
                    // What hindered it the first time hinders it again, and this time the reason comes with it.
                    bundle.start(Bundle.START_TRANSIENT);
                } catch (BundleException e) {
                    idle.add(bundle.getSymbolicName() + ": " + oneLine(e));
                }
            }
        }
        return idle;
    }

    private static boolean isIdle(Bundle bundle) {
        boolean stopped = bundle.getState() == Bundle.INSTALLED || bundle.getState() == Bundle.RESOLVED;
        boolean fragment = (bundle.adapt(BundleRevision.class).getTypes() & BundleRevision.TYPE_FRAGMENT) != 0;
        int level = bundle.adapt(BundleStartLevel.class).getStartLevel();
        return stopped && !fragment && level <= StartLevel.HIGHEST_AT_START.number();
    }

    private List<String> idleComponents() {
        ServiceReference<ServiceComponentRuntime> reference =
                context.getServiceReference(ServiceComponentRuntime.class);
        if (reference == null) {
            return List.of("Declarative Services is not running");
        }
        ServiceComponentRuntime runtime = context.getService(reference);
        return runtime.getComponentDescriptionDTOs().stream()
                .flatMap(component -> runtime.getComponentConfigurationDTOs(component).stream()
                        .filter(Diagnosis::isIdle)
                        .map(configuration -> describe(component, configuration)))
                .toList();
    }

    private static boolean isIdle(ComponentConfigurationDTO configuration) {
        return configuration.state != ComponentConfigurationDTO.ACTIVE
                && configuration.state != ComponentConfigurationDTO.SATISFIED;
    }

    private static String describe(ComponentDescriptionDTO component, ComponentConfigurationDTO configuration) {
        String which = "component " + component.name + " of " + component.bundle.symbolicName;
        if (configuration.failure != null) {
            return which + " failed: "
                    + configuration.failure.lines().findFirst().orElse("");
        }
        String missing = Arrays.stream(configuration.unsatisfiedReferences)
                .map(unsatisfied -> Arrays.stream(component.references)
                        .filter(declared -> declared.name.equals(unsatisfied.name))
                        .map(declared -> declared.interfaceName)
                        .findFirst()
                        .orElse(unsatisfied.name))
                .collect(Collectors.joining(", "));
        return which + " waits for " + (missing.isEmpty() ? "its configuration" : missing);
    }

    private static String oneLine(Throwable reason) {
        String message = reason.getMessage() == null ? reason.toString() : reason.getMessage();
        return message.lines().map(String::strip).collect(Collectors.joining(" "));
    }
}
