package io.weft.identity;

import java.util.List;
import java.util.Optional;

/**
 * Who takes part in a federation, as a project file says it.
 *
 * @param serverNames by what the server may be called: its host first, then other names and addresses
 * @param participants the server first, then sites and admins in the order of the file
 */
public record Project(
        String name,
        ServerAddress server,
        List<String> serverNames,
        Validity validity,
        List<Participant> participants) {

    public Project {
        serverNames = List.copyOf(serverNames);
        participants = List.copyOf(participants);
    }

    /** The participant of a name. */
    public Optional<Participant> participant(String participantName) {
        return participants.stream()
                .filter(participant -> participant.name().equals(participantName))
                .findFirst();
    }

    /** The names of all participants. */
    public List<String> names() {
        return participants.stream().map(Participant::name).toList();
    }
}
