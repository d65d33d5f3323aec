package recommend

import (
	"math"
	"testing"

	"shop/internal/catalog"
)

func TestBothReleasesRecommendTheSame(t *testing.T) {
	c := catalog.New(500, 1)
	one, two := New(c.Products, 1, 1).For([]int{3, 4}, 50), New(c.Products, 1, 2).For([]int{3, 4}, 50)
	if len(one) != 50 || len(two) != 50 {
		t.Fatalf("got %d and %d candidates, want 50 each", len(one), len(two))
	}
	for i := range one {
		if one[i].Product != two[i].Product || math.Abs(one[i].Weight-two[i].Weight) > 1e-9 {
			t.Errorf("place %d: %v and %v", i, one[i], two[i])
		}
	}
}

func TestSeveralPathsToAProductAddUp(t *testing.T) {
	p := &catalog.Product{ID: 7}
	for _, release := range []int{1, 2} {
		got := distinct([]Candidate{{p, 1}, {p, 0.5}}, release)
		if len(got) != 1 || got[0].Weight != 1.5 {
			t.Errorf("release %d: got %v, want one candidate of weight 1.5", release, got)
		}
	}
}
