package parcels;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;

/** A service that tracks parcels, prices them and prints their labels. */
public final class Service {
    private final Tracking tracking;
    private final Prices prices;

    private Service(String version) {
        tracking = version.equals("1") ? new SharedFormat() : new FormatPerLine();
        prices = version.equals("1") ? new ConcurrentPrices() : new LockedPrices();
    }

    /** Arguments: the version, the port. */
    public static void main(String[] arguments) throws IOException {
        Service service = new Service(arguments[0]);
        int port = Integer.parseInt(arguments[1]);
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 64);
        server.setExecutor(Executors.newFixedThreadPool(4));
        server.createContext("/track", exchange -> answer(exchange, service.track(number(exchange))));
        server.createContext("/quote", exchange -> answer(exchange, service.quote(number(exchange))));
        server.createContext("/label", exchange -> answer(exchange, Label.of(number(exchange))));
        server.start();
    }

    private String track(int parcel) {
        return "last seen " + tracking.newest(Journey.lines(parcel));
    }

    private String quote(int parcel) {
        double sum = 0;
        for (int zone = 0; zone < 40; zone++) {
            sum += prices.of(zone, 100 + parcel % 900);
        }
        return "costs " + Math.round(sum);
    }

    /** The number behind the last slash. */
    private static int number(HttpExchange exchange) {
        String path = exchange.getRequestURI().getPath();
        return Integer.parseInt(path.substring(path.lastIndexOf('/') + 1));
    }

    private static void answer(HttpExchange exchange, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }
}
