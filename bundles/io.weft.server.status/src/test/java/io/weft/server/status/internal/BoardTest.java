package io.weft.server.status.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class BoardTest {

    private final Board board = new Board(1000);

    @Test
    void aNewcomerGetsEveryPieceAsItIsNow() throws Exception {
        board.put("sites", "sites", "[1]");
        board.put("job a", "job", "{}");
        board.put("sites", "sites", "[2]");

        assertEquals(List.of("{}", "[2]"), texts(0));
    }

    @Test
    void whoKnowsAPartGetsTheRest() throws Exception {
        board.put("sites", "sites", "[1]");
        board.put("job a", "job", "{}");
        long known = board.after(0, 0).get(0).version();

        assertEquals(List.of("{}"), texts(known));
    }

    @Test
    void whatIsTheSameIsNoNews() throws Exception {
        board.put("sites", "sites", "[1]");
        long known = board.after(0, 0).get(0).version();
        board.put("sites", "sites", "[1]");

        assertEquals(List.of(), texts(known));
    }

    @Test
    void whoKnowsALaterBoardGetsEverything() throws Exception {
        board.put("sites", "sites", "[1]");

        assertEquals(List.of("[1]"), texts(Long.MAX_VALUE));
    }

    @Test
    void nobodyWaitsForAClosedBoard() throws Exception {
        board.close();

        assertEquals(List.of(), board.after(0, Long.MAX_VALUE / 1_000_000));
    }

    private List<String> texts(long known) throws InterruptedException {
        return board.after(known, 0).stream().map(Board.Piece::text).toList();
    }
}
