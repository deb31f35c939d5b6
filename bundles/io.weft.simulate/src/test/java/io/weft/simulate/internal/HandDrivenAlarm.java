package io.weft.simulate.internal;

import io.weft.exchange.Cancellation;
import io.weft.server.Alarm;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Rings at deadlines when a test says so. Other times pass by themselves. */
final class HandDrivenAlarm implements Alarm, AutoCloseable {

    private final Duration deadline;
    private final Alarm.OfMachine machine = new Alarm.OfMachine("test-alarm");
    private final List<Runnable> set = new CopyOnWriteArrayList<>();

    HandDrivenAlarm(Duration deadline) {
        this.deadline = deadline;
    }

    @Override
    public Cancellation.Registration after(Duration time, Runnable ring) {
        if (!time.equals(deadline)) {
            return machine.after(time, ring);
        }
        set.add(ring);
        return () -> set.remove(ring);
    }

    void ring() {
        set.forEach(Runnable::run);
    }

    @Override
    public void close() {
        machine.close();
    }
}
