package io.weft.client.internal.host;

import java.util.Map;
import java.util.function.Consumer;

/** Tells a conversation what is said on a control channel. */
final class Listening implements ControlSocket.Listener {

    private final Conversation conversation;
    private final Map<String, Object> welcome;
    private final Runnable beats;
    private final Consumer<Map<String, Object>> reports;

    /**
     * @param welcome what a program is told when it joins
     * @param beats is run at every sign of life
     * @param reports takes what else is said
     */
    Listening(
            Conversation conversation,
            Map<String, Object> welcome,
            Runnable beats,
            Consumer<Map<String, Object>> reports) {
        this.conversation = conversation;
        this.welcome = welcome;
        this.beats = beats;
        this.reports = reports;
    }

    @Override
    public Map<String, Object> welcome() {
        return welcome;
    }

    @Override
    public void connected() {
        conversation.joined();
    }

    @Override
    public void disconnected() {
        conversation.left();
    }

    @Override
    public void said(Map<String, Object> message) {
        switch (String.valueOf(message.get("type"))) {
            case "result" -> conversation.answered(message);
            case "beat" -> {
                conversation.heard();
                beats.run();
            }
            default -> {
                conversation.heard();
                reports.accept(message);
            }
        }
    }
}
