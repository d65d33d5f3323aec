module fares

go 1.23
