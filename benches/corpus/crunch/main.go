// Crunch computes: matrices, transforms, sorting, maps, shortest paths, large numbers and
// text.
package main

import (
	"bytes"
	"cmp"
	"container/heap"
	"container/list"
	"encoding/binary"
	"encoding/gob"
	"fmt"
	"index/suffixarray"
	"math"
	"math/big"
	"math/cmplx"
	"math/rand"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"text/tabwriter"
	"text/template"

	"corpus/internal/record"
)

func main() {
	record.Main(func(number int) {
		dice := rand.New(rand.NewSource(int64(number)))
		jobs := []func(*rand.Rand){
			multiply, transform, order, group, paths, large, texts, report, encode, shift, solve,
		}
		jobs[number%len(jobs)](dice)
	})
}

func multiply(dice *rand.Rand) {
	const n = 96
	a, b := filled(dice, n*n), filled(dice, n*n)
	product(a, b, n)
}

func filled(dice *rand.Rand, n int) []float64 {
	numbers := make([]float64, n)
	for i := range numbers {
		numbers[i] = dice.NormFloat64()
	}
	return numbers
}

func transform(dice *rand.Rand) {
	points := make([]complex128, 4096)
	for i := range points {
		points[i] = complex(dice.Float64(), 0)
	}
	fourier(points)
}

func fourier(points []complex128) []complex128 {
	n := len(points)
	if n == 1 {
		return points
	}
	even, odd := make([]complex128, 0, n/2), make([]complex128, 0, n/2)
	for i := 0; i < n; i += 2 {
		even, odd = append(even, points[i]), append(odd, points[i+1])
	}
	even, odd = fourier(even), fourier(odd)
	out := make([]complex128, n)
	for k := range even {
		turned := cmplx.Exp(complex(0, -2*math.Pi*float64(k)/float64(n))) * odd[k]
		out[k], out[k+n/2] = even[k]+turned, even[k]-turned
	}
	return out
}

type row struct {
	name  string
	value float64
	rank  int
}

func rows(dice *rand.Rand, n int) []row {
	all := make([]row, n)
	for i := range all {
		all[i] = row{strconv.Itoa(dice.Intn(n)), dice.Float64(), dice.Intn(50)}
	}
	return all
}

func order(dice *rand.Rand) {
	all := rows(dice, 5000)
	sort.Slice(all, func(i, j int) bool { return all[i].value < all[j].value })
	slices.SortStableFunc(all, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), strings.Compare(a.name, b.name))
	})
	sort.Sort(byName(all))
}

type byName []row

func (r byName) Len() int           { return len(r) }
func (r byName) Less(i, j int) bool { return r[i].name < r[j].name }
func (r byName) Swap(i, j int)      { r[i], r[j] = r[j], r[i] }

func group(dice *rand.Rand) {
	groups, ranks, pairs := map[string][]row{}, map[int]float64{}, map[[2]int]int{}
	for _, row := range rows(dice, 6000) {
		groups[row.name] = append(groups[row.name], row)
		ranks[row.rank] += row.value
		pairs[[2]int{row.rank, len(row.name)}]++
	}
	for name, members := range groups {
		if len(members) > 2 {
			delete(groups, name)
		}
	}
}

type edge struct{ to, length int }
type queue []edge

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].length < q[j].length }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)        { *q = append(*q, x.(edge)) }
func (q *queue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

func paths(dice *rand.Rand) {
	graph := make([][]edge, 1500)
	for i := range graph {
		for range 6 {
			graph[i] = append(graph[i], edge{dice.Intn(len(graph)), 1 + dice.Intn(100)})
		}
	}
	reached := map[int]int{}
	open := &queue{{0, 0}}
	for open.Len() > 0 {
		next := heap.Pop(open).(edge)
		if _, done := reached[next.to]; done {
			continue
		}
		reached[next.to] = next.length
		for _, edge := range graph[next.to] {
			edge.length += next.length
			heap.Push(open, edge)
		}
	}
	recent := list.New()
	for node := range reached {
		recent.PushFront(node)
		if recent.Len() > 100 {
			recent.Remove(recent.Back())
		}
	}
}

func large(dice *rand.Rand) {
	a := new(big.Int).Exp(big.NewInt(3), big.NewInt(2000+dice.Int63n(500)), nil)
	b := new(big.Int).MulRange(1, 400+dice.Int63n(100))
	text := new(big.Int).Mul(a, b).String()
	c, _ := new(big.Int).SetString(text, 10)
	c.DivMod(c, b, a)
	c.Sqrt(c)
	new(big.Int).GCD(nil, nil, c, b)
	new(big.Int).SetInt64(dice.Int63()).ProbablyPrime(5)
	half := new(big.Float).SetPrec(600).SetInt(b)
	_ = half.Sqrt(half).Text('g', 80)
	new(big.Rat).SetFrac(a, b).FloatString(50)
}

var word = regexp.MustCompile(`(\w+)-(\d+)|([a-f]+)\s*=\s*"([^"]*)"`)

func texts(dice *rand.Rand) {
	var out strings.Builder
	for i := range 800 {
		fmt.Fprintf(&out, "key-%d abc = %q %8.3f %v\n", i, "x y", dice.Float64(), []int{i, i * i})
	}
	text := out.String()
	word.FindAllStringSubmatchIndex(text, -1)
	word.ReplaceAllStringFunc(text, strings.ToUpper)
	suffixarray.New([]byte(text)).Lookup([]byte("abc"), -1)
	for _, field := range strings.Fields(text) {
		strconv.ParseFloat(field, 64)
	}
	strings.NewReplacer("key", "name", "abc", "def", " ", "_").Replace(text)
}

var shown = template.Must(template.New("").Parse(
	`{{range $i, $r := .}}{{$i}}	{{printf "%8.3f" $r}}	{{if gt $r 0.5}}high{{else}}low{{end}}
{{end}}`))

func report(dice *rand.Rand) {
	var out bytes.Buffer
	table := tabwriter.NewWriter(&out, 4, 8, 1, ' ', tabwriter.AlignRight)
	numbers := make([]float64, 300)
	for i := range numbers {
		numbers[i] = dice.Float64()
	}
	if err := shown.Execute(table, numbers); err != nil {
		panic(err)
	}
	table.Flush()
}

type entry struct {
	Name   string
	Values []float64
	Inner  map[string][]int64
	Next   *entry
}

func encode(dice *rand.Rand) {
	var first *entry
	for i := range 40 {
		inner := map[string][]int64{"a": {dice.Int63(), int64(i)}, "b": {1, 2, 3}}
		first = &entry{strconv.Itoa(i), filled(dice, 20), inner, first}
	}
	var out bytes.Buffer
	if err := gob.NewEncoder(&out).Encode(first); err != nil {
		panic(err)
	}
	var back entry
	if err := gob.NewDecoder(&out).Decode(&back); err != nil {
		panic(err)
	}
	for range 100 {
		binary.Write(&out, binary.LittleEndian, back.Values)
	}
}

func shift(dice *rand.Rand) {
	stars := filled(dice, 3*120)
	speeds := make([]float64, len(stars))
	for range 4 {
		pull(stars, speeds)
	}
}

func pull(stars, speeds []float64) {
	for i := 0; i < len(stars); i += 3 {
		for j := 0; j < len(stars); j += 3 {
			if i != j {
				attract(stars[i:i+3], stars[j:j+3], speeds[i:i+3])
			}
		}
	}
}

func attract(a, b, speed []float64) {
	distance := math.Sqrt(math.Pow(a[0]-b[0], 2) + math.Pow(a[1]-b[1], 2) + math.Hypot(a[2], b[2]))
	for axis := range speed {
		speed[axis] += (b[axis] - a[axis]) / (1 + distance*distance*distance)
	}
}

// Solve puts queens on a board.
func solve(dice *rand.Rand) {
	place(make([]int, 0, 8), 7+dice.Intn(2))
}

func place(queens []int, size int) (found int) {
	if len(queens) == size {
		return 1
	}
	for column := range size {
		free := true
		for row, other := range queens {
			away := len(queens) - row
			free = free && other != column && other != column-away && other != column+away
		}
		if free {
			found += place(append(queens, column), size)
		}
	}
	return found
}
