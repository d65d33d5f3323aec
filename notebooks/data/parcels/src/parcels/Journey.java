package parcels;

import java.util.ArrayList;
import java.util.List;

/** Where a parcel has been: a line for each scan, such as {@code 2026-11-30T08:15:00 hub 17}. */
final class Journey {
    private Journey() {}

    static List<String> lines(int parcel) {
        List<String> lines = new ArrayList<>();
        for (int scan = 0; scan < 120; scan++) {
            int minute = (parcel * 31 + scan * 7) % 1440;
            lines.add(String.format("2026-11-%02dT%02d:%02d:00 hub %d",
                    1 + scan / 5, minute / 60, minute % 60, (parcel + scan) % 90));
        }
        return lines;
    }
}
