package io.weft.site.catalogue;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Where things lie at a site, which is nobody else's to know: of a path there remains what follows a folder of the site's, and of any other
 * absolute path its last name.
 *
 * @param home of the site
 * @param folders where its records and models lie
 */
record LocalPaths(Path home, List<Path> folders) {

    /** An absolute path up to its last name; no address of the web, and nothing within a word. */
    private static final Pattern OTHERS = Pattern.compile("(?<![\\w/:.~-])/(?:[^/\\s:'\"`,;()]+/)+");

    String removedFrom(String text) {
        String left = text;
        List<Path> longestFirst = folders.stream()
                .sorted(Comparator.comparing(Path::getNameCount).reversed())
                .toList();
        for (Path folder : longestFirst) {
            left = left.replace(folder + "/", "");
        }
        left = left.replace(home + "/", "").replace(home.toString(), "its home");
        return OTHERS.matcher(left).replaceAll("");
    }
}
