package io.weft.exchange;

import io.weft.api.plugin.Refusal;

/**
 * A version of what server and site speak. Ends with the same major number work together and speak the lower of the two minor versions: a
 * minor version only adds messages and fields, which the other end can do without.
 */
public record ProtocolVersion(int major, int minor) implements Comparable<ProtocolVersion> {

    /** What this release speaks. */
    public static final ProtocolVersion OWN = new ProtocolVersion(1, 1);

    /**
     * What both speak.
     *
     * @param self who asks, for the message
     * @param other whose version the other one is
     * @throws Refusal when they cannot work together
     */
    ProtocolVersion with(String self, ProtocolVersion theirs, String other) {
        if (major != theirs.major) {
            throw new Refusal(self + " speaks version " + this + " of the protocol, and " + other + " version " + theirs
                    + "; the number before the point must be the same: install the same release of Weft at both");
        }
        return compareTo(theirs) <= 0 ? this : theirs;
    }

    @Override
    public int compareTo(ProtocolVersion other) {
        return major != other.major ? Integer.compare(major, other.major) : Integer.compare(minor, other.minor);
    }

    @Override
    public String toString() {
        return major + "." + minor;
    }
}
