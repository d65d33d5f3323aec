package parcels;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.TimeUnit;

/** Sends the same requests to each pod, sixty a second, whether or not it keeps up. */
public final class Customers {
    private static final String[] PATHS = {"track", "quote", "label"};
    private static final int PER_SECOND = 60;

    private Customers() {}

    /** Arguments: the seconds, the ports. */
    public static void main(String[] arguments) throws InterruptedException {
        HttpClient client = HttpClient.newHttpClient();
        int requests = Integer.parseInt(arguments[0]) * PER_SECOND;
        long begun = System.nanoTime();
        for (int nth = 0; nth < requests; nth++) {
            // A parcel is asked for again, now and then.
            String path = PATHS[nth % 3] + "/" + (nth * 7919L) % 100_000;
            for (int port = 1; port < arguments.length; port++) {
                URI uri = URI.create("http://127.0.0.1:" + arguments[port] + "/" + path);
                client.sendAsync(HttpRequest.newBuilder(uri).build(), BodyHandlers.discarding());
            }
            long due = begun + (nth + 1) * (1_000_000_000L / PER_SECOND);
            TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
        }
    }
}
