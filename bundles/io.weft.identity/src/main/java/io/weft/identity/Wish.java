package io.weft.identity;

import java.nio.file.Path;

/** What provisioning does besides making the kits that are missing. */
public sealed interface Wish {

    /** Nothing more. */
    record Nothing() implements Wish {}

    /** A new key and certificate for a participant; the former certificate stays valid, unless it says something else. */
    record Renew(String name) implements Wish {}

    /** All of a participant's certificates are refused from now on. */
    record Revoke(String name) implements Wish {}

    /** A certificate for a key that a participant made. */
    record Approve(Path request) implements Wish {}
}
