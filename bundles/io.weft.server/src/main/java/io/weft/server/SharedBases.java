package io.weft.server;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The bases that a server has, for sites that lack one that a job shares. */
@FunctionalInterface
public interface SharedBases {

    /** A server without any. */
    SharedBases NONE = name -> Optional.empty();

    /**
     * A base.
     *
     * @param digest its content hash
     * @param folder whether it is a folder; otherwise it is the one file
     * @param files by their names
     */
    record SharedBase(String digest, boolean folder, SortedMap<String, Path> files) {

        public SharedBase {
            files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
        }
    }

    /**
     * The base of a name; empty when the server has none. Asked when a site lacks it; may read it whole.
     *
     * @throws io.weft.api.plugin.Refusal when the server's catalogue is not right
     */
    Optional<SharedBase> find(String name) throws IOException;
}
