package io.weft.plugins.internal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.namespace.BundleNamespace;
import org.osgi.framework.namespace.ExecutionEnvironmentNamespace;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRequirement;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.resource.Namespace;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;
import org.osgi.service.component.runtime.dto.UnsatisfiedReferenceDTO;

/** Says in words why a bundle or its components do not work: what is missing, what there is instead, who could provide it. */
final class WhyNot {

    private static final String API = "io.weft.api";

    private static final Pattern PACKAGE = Pattern.compile("\\(osgi\\.wiring\\.package=([^)]+)\\)");
    private static final Pattern BUNDLE = Pattern.compile("\\(osgi\\.wiring\\.bundle=([^)]+)\\)");
    private static final Pattern FROM = Pattern.compile("\\((?:bundle-)?version>=([^)]+)\\)");
    private static final Pattern BELOW = Pattern.compile("\\(!\\((?:bundle-)?version>=([^)]+)\\)\\)");
    private static final Pattern JAVA = Pattern.compile("\\(version=([^)]+)\\)");

    private final BundleContext context;
    private final ServiceComponentRuntime components;
    private final Map<Long, BundleException> failures = new ConcurrentHashMap<>();

    WhyNot(BundleContext context, ServiceComponentRuntime components) {
        this.context = context;
        this.components = components;
    }

    /** A bundle did not start, for a reason that only this time will tell. */
    void failed(Bundle bundle, BundleException reason) {
        failures.put(bundle.getBundleId(), reason);
    }

    void forget(Bundle bundle) {
        failures.remove(bundle.getBundleId());
    }

    /**
     * Why the bundle is not at work, or empty when it is.
     *
     * @param elsewhere says which other file of a plugin folder holds a package, and what about it
     */
    Optional<String> bundle(Bundle bundle, PackageSearch elsewhere) {
        return switch (bundle.getState()) {
            case Bundle.INSTALLED -> Optional.of(unresolved(bundle, elsewhere));
            case Bundle.RESOLVED -> Optional.of(failure(bundle).orElse("it is stopped"));
            case Bundle.STOPPING, Bundle.UNINSTALLED -> Optional.of("it is being uninstalled");
            default -> Optional.empty();
        };
    }

    /** Finds packages in jars that are not installed. */
    @FunctionalInterface
    interface PackageSearch {
        /** A clause such as {@code "helper.jar has it, but it is a plain jar"}. */
        Optional<String> find(String name);
    }

    private Optional<String> failure(Bundle bundle) {
        return Optional.ofNullable(failures.get(bundle.getBundleId())).map(WhyNot::withCause);
    }

    private String unresolved(Bundle bundle, PackageSearch elsewhere) {
        List<String> missing = new ArrayList<>();
        for (BundleRequirement requirement : bundle.adapt(BundleRevision.class).getDeclaredRequirements(null)) {
            if (isMandatory(requirement) && providers(requirement).isEmpty()) {
                missing.add(missing(requirement, elsewhere));
            }
        }
        if (!missing.isEmpty()) {
            return missing.stream().distinct().collect(Collectors.joining("; "));
        }
        return failure(bundle).orElse("it is not resolved");
    }

    private static boolean isMandatory(BundleRequirement requirement) {
        Map<String, String> directives = requirement.getDirectives();
        String resolution = directives.getOrDefault(Namespace.REQUIREMENT_RESOLUTION_DIRECTIVE, "mandatory");
        String effective = directives.getOrDefault(Namespace.REQUIREMENT_EFFECTIVE_DIRECTIVE, "resolve");
        return resolution.equals("mandatory") && effective.equals("resolve");
    }

    private List<BundleCapability> providers(BundleRequirement requirement) {
        return capabilities(requirement.getNamespace()).stream()
                .filter(requirement::matches)
                .toList();
    }

    private List<BundleCapability> capabilities(String namespace) {
        return Arrays.stream(context.getBundles())
                .map(bundle -> bundle.adapt(BundleRevision.class))
                .filter(revision -> revision != null)
                .map(revision -> revision.getDeclaredCapabilities(namespace))
                .flatMap(Collection::stream)
                .toList();
    }

    private String missing(BundleRequirement requirement, PackageSearch elsewhere) {
        String filter = requirement.getDirectives().getOrDefault(Namespace.REQUIREMENT_FILTER_DIRECTIVE, "");
        return switch (requirement.getNamespace()) {
            case PackageNamespace.PACKAGE_NAMESPACE -> missingPackage(filter, elsewhere);
            case BundleNamespace.BUNDLE_NAMESPACE ->
                "it requires the bundle " + first(BUNDLE, filter).orElse(filter) + range(filter)
                        + ", which is not installed; import the packages it needs instead";
            case ExecutionEnvironmentNamespace.EXECUTION_ENVIRONMENT_NAMESPACE ->
                "it needs Java "
                        + first(JAVA, filter).orElse(filter) + ", and this is Java "
                        + Runtime.version().feature()
                        + "; compile it for that (maven.compiler.release) or run Weft on a newer one";
            default -> "it requires " + requirement.getNamespace() + " " + filter + ", which nothing here provides";
        };
    }

    private String missingPackage(String filter, PackageSearch elsewhere) {
        String name = first(PACKAGE, filter).orElse(filter);
        List<String> there = capabilities(PackageNamespace.PACKAGE_NAMESPACE).stream()
                .filter(capability -> name.equals(capability.getAttributes().get(PackageNamespace.PACKAGE_NAMESPACE)))
                .map(capability -> capability.getAttributes().get(PackageNamespace.CAPABILITY_VERSION_ATTRIBUTE)
                        + " of " + capability.getRevision().getSymbolicName())
                .distinct()
                .sorted()
                .toList();
        String wanted = name + range(filter);
        if (there.isEmpty()) {
            return "it needs the package " + wanted + ", which no bundle exports; "
                    + elsewhere.find(name).orElse("embed it (bnd: -conditionalpackage: " + name + ")");
        }
        String found = ", and there is " + String.join(", ", there);
        if (name.startsWith(API + ".")) {
            return "it wants the API " + wanted + found + ": build it against this Weft's io.weft.api";
        }
        return "it needs the package " + wanted + found;
    }

    /** The range of a resolver's filter as manifests write it, after a space; or empty text. */
    private static String range(String filter) {
        Optional<String> below = first(BELOW, filter);
        return first(FROM, filter.replaceAll(BELOW.pattern(), ""))
                .map(from -> below.map(end -> " [" + from + "," + end + ")").orElse(" " + from + " or newer"))
                .orElse("");
    }

    private static Optional<String> first(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    /** What hinders each of the bundle's components that does not work; empty when all do. */
    List<String> components(Bundle bundle) {
        return components.getComponentDescriptionDTOs(bundle).stream()
                .map(component -> hindrance(bundle, component))
                .flatMap(Optional::stream)
                .toList();
    }

    /** What hinders the component of that name; empty when it works, or is none. */
    Optional<String> component(Bundle bundle, String name) {
        return Optional.ofNullable(components.getComponentDescriptionDTO(bundle, name))
                .flatMap(component -> hindrance(bundle, component));
    }

    /** How many components Declarative Services has taken from the bundle. */
    int componentsOf(Bundle bundle) {
        return components.getComponentDescriptionDTOs(bundle).size();
    }

    private Optional<String> hindrance(Bundle bundle, ComponentDescriptionDTO component) {
        String which = "component " + component.name.substring(component.name.lastIndexOf('.') + 1);
        if (!has(bundle, component.implementationClass)) {
            return Optional.of(which + " cannot start: its class " + component.implementationClass
                    + " is not in the jar; build it with bnd");
        }
        return components.getComponentConfigurationDTOs(component).stream()
                .map(configuration -> hindrance(component, configuration))
                .flatMap(Optional::stream)
                .reduce((one, other) -> one + " and " + other)
                .map(reason -> which + " " + reason);
    }

    private Optional<String> hindrance(ComponentDescriptionDTO component, ComponentConfigurationDTO configuration) {
        return switch (configuration.state) {
            case ComponentConfigurationDTO.UNSATISFIED_REFERENCE ->
                Optional.of("waits for " + missing(component, configuration));
            case ComponentConfigurationDTO.UNSATISFIED_CONFIGURATION ->
                Optional.of("waits for its configuration " + String.join(", ", component.configurationPid));
            case ComponentConfigurationDTO.FAILED_ACTIVATION ->
                Optional.of("failed to start: " + cause(configuration.failure));
            // It works, or will at its first use.
            default -> Optional.empty();
        };
    }

    /** Looks for the file alone: to load a class is to run the plugin, and perhaps to start it. */
    private static boolean has(Bundle bundle, String type) {
        try {
            return bundle.getResource(type.replace('.', '/') + ".class") != null;
        } catch (IllegalStateException e) {
            // It was uninstalled meanwhile, which is not for its class to say.
            return true;
        }
    }

    private String missing(ComponentDescriptionDTO component, ComponentConfigurationDTO configuration) {
        return Arrays.stream(configuration.unsatisfiedReferences)
                .map(reference -> missing(component, reference))
                .collect(Collectors.joining(" and "));
    }

    private String missing(ComponentDescriptionDTO component, UnsatisfiedReferenceDTO reference) {
        String type = Arrays.stream(component.references)
                .filter(declared -> declared.name.equals(reference.name))
                .map(declared -> declared.interfaceName)
                .findFirst()
                .orElse(reference.name);
        boolean offered = reference.targetServices.length > 0 || isRegistered(type);
        String target = reference.target == null ? "" : " " + reference.target;
        return "a service " + type + target + (offered ? ", of which none fits" : ", which no bundle registers");
    }

    private boolean isRegistered(String type) {
        try {
            return context.getAllServiceReferences(type, null) != null;
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The innermost reason of a stack trace that is only there as text. */
    private static String cause(String trace) {
        if (trace == null) {
            return "no reason was given";
        }
        return trace.lines()
                .filter(line -> line.startsWith("Caused by: "))
                .reduce((outer, inner) -> inner)
                .map(line -> line.substring("Caused by: ".length()))
                .orElseGet(() -> trace.lines().findFirst().orElse(trace));
    }

    private static String withCause(Throwable reason) {
        Throwable inner = reason;
        while (inner.getCause() != null) {
            inner = inner.getCause();
        }
        return inner == reason ? oneLine(reason) : oneLine(reason) + " " + oneLine(inner);
    }

    /** What the framework says of a bundle that it does not take, with all reasons behind it. */
    static String refused(Throwable reason) {
        List<String> words = new ArrayList<>();
        for (Throwable each = reason; each != null; each = each.getCause()) {
            if (words.isEmpty() || !words.get(words.size() - 1).contains(oneLine(each))) {
                words.add(oneLine(each));
            }
        }
        return "it is no bundle that a framework takes (" + String.join(": ", words)
                + "); mend its manifest, or build it with bnd";
    }

    static String oneLine(Throwable reason) {
        String message = reason.getMessage() == null ? reason.toString() : reason.getMessage();
        return message.lines().map(String::strip).collect(Collectors.joining(" "));
    }
}
