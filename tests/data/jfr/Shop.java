import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayDeque;
import java.util.concurrent.locks.LockSupport;

/** A shop that does known things: sorts prices, copies pages, waits for a lock, parks, listens. */
public class Shop {
    private static final Object STOCK = new Object();
    private static volatile boolean open = true;
    private static volatile long sink;

    public static void main(String[] arguments) throws InterruptedException {
        Thread[] threads = {
            new Thread(Shop::rank, "ranker"),
            new Thread(Shop::render, "renderer"),
            new Thread(Shop::reserve, "cashier-1"),
            new Thread(Shop::reserve, "cashier-2"),
            new Thread(Shop::idle, "courier"),
        };
        for (Thread thread : threads) {
            thread.start();
        }
        Thread door = new Thread(Shop::listen, "door");
        door.setDaemon(true);
        door.start();
        Thread.sleep(1000L * Integer.parseInt(arguments[0]));
        open = false;
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private static void rank() {
        while (open) {
            sink += score(1_000_003);
        }
    }

    private static long score(long seed) {
        long score = seed;
        for (int i = 0; i < 10_000_000; i++) {
            score = similarity(score, i);
        }
        return score;
    }

    private static long similarity(long score, int i) {
        return score * 6364136223846793005L + (score >>> 33) % (i + 1);
    }

    private static void render() {
        ArrayDeque<byte[]> pages = new ArrayDeque<>();
        while (open) {
            pages.add(page(64 * 1024));
            if (pages.size() > 64) {
                pages.clear();
            }
            LockSupport.parkNanos(20_000_000);
        }
    }

    private static byte[] page(int size) {
        byte[] page = new byte[size];
        page[0] = 1;
        return page;
    }

    /** Two cashiers hold one lock for 100 ms in turn. */
    private static void reserve() {
        while (open) {
            synchronized (STOCK) {
                hold();
            }
            pause(10);
        }
    }

    private static void hold() {
        pause(100);
    }

    private static void pause(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void idle() {
        while (open) {
            LockSupport.parkNanos(Shop.class, 250_000_000);
        }
    }

    /** Nobody ever comes: the thread is in native code all the time. */
    private static void listen() {
        try (ServerSocket door = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            door.accept();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
