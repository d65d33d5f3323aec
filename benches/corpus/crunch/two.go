//go:build two

package main

// Version 2 multiplies in blocks.
func product(a, b []float64, n int) []float64 {
	out := make([]float64, n*n)
	const block = 16
	for i := 0; i < n; i += block {
		for j := 0; j < n; j += block {
			for k := 0; k < n; k += block {
				multiplyBlock(out, a, b, n, [3]int{i, j, k}, block)
			}
		}
	}
	return out
}

//go:noinline
func multiplyBlock(out, a, b []float64, n int, at [3]int, block int) {
	for i := at[0]; i < at[0]+block; i++ {
		for k := at[2]; k < at[2]+block; k++ {
			scale := a[i*n+k]
			for j := at[1]; j < at[1]+block; j++ {
				out[i*n+j] += scale * b[k*n+j]
			}
		}
	}
}
