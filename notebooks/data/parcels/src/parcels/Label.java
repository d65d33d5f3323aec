package parcels;

import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The label of a parcel: its number as bars. */
final class Label {
    private Label() {}

    static String of(int parcel) {
        return IntStream.range(0, 60).mapToObj(row -> bars(parcel, row)).collect(Collectors.joining("\n"));
    }

    private static String bars(int parcel, int row) {
        StringBuilder bars = new StringBuilder();
        for (int column = 0; column < 120; column++) {
            bars.append((parcel >> (column % 24) & 1) == 1 || row % 59 == 0 ? '#' : ' ');
        }
        return bars.toString();
    }
}
