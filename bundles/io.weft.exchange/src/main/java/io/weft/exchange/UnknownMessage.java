package io.weft.exchange;

/** The other end sent a message that this one does not know. */
final class UnknownMessage extends ProtocolException {

    private static final long serialVersionUID = 1L;

    UnknownMessage(String name) {
        super("this end speaks version " + ProtocolVersion.OWN + " of the protocol and does not know the message '"
                + name + "'");
    }
}
