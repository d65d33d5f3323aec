package parcels;

import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** Version 1: a format that threads can share. */
final class SharedFormat extends Tracking {
    private static final DateTimeFormatter FORMAT = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss");

    @Override
    long time(String line) {
        return LocalDateTime.parse(line.substring(0, 19), FORMAT).toEpochSecond(ZoneOffset.UTC);
    }
}
