// Command convert writes pprof files as one OTLP message, with OpenTelemetry's own module.
//
// Each sample type of each file becomes a profile of its own, as the format asks; all
// files are of one resource. Usage: go run . OUT KEY=VALUE... FILE.pb.gz...
package main

import (
	"log"
	"os"
	"strings"

	"github.com/google/pprof/profile"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pprofile"
)

func main() {
	out := pprofile.NewProfiles()
	dict := newDictionary(out.Dictionary())
	resource := out.ResourceProfiles().AppendEmpty()
	scope := resource.ScopeProfiles().AppendEmpty()
	for _, argument := range os.Args[2:] {
		if key, value, found := strings.Cut(argument, "="); found {
			resource.Resource().Attributes().PutStr(key, value)
			continue
		}
		for i, p := 0, parse(argument); i < len(p.SampleType); i++ {
			convert(dict, p, i, scope.Profiles().AppendEmpty())
		}
	}
	marshaler := pprofile.ProtoMarshaler{}
	bytes, err := marshaler.MarshalProfiles(out)
	check(err)
	check(os.WriteFile(os.Args[1], bytes, 0o644))
}

func parse(path string) *profile.Profile {
	file, err := os.Open(path)
	check(err)
	defer file.Close()
	p, err := profile.Parse(file)
	check(err)
	// Frames that the file asks to drop; the format has no place for that wish.
	check(p.RemoveUninteresting())
	return p
}

func convert(dict dictionary, p *profile.Profile, column int, to pprofile.Profile) {
	valueType := func(from *profile.ValueType, to pprofile.ValueType) {
		to.SetTypeStrindex(dict.text(from.Type))
		to.SetUnitStrindex(dict.text(from.Unit))
	}
	valueType(p.SampleType[column], to.SampleType())
	if p.PeriodType != nil {
		valueType(p.PeriodType, to.PeriodType())
	}
	to.SetPeriod(p.Period)
	to.SetTime(pcommon.Timestamp(p.TimeNanos))
	to.SetDurationNano(uint64(p.DurationNanos))
	for _, from := range p.Sample {
		sample := to.Samples().AppendEmpty()
		sample.SetStackIndex(dict.stack(from.Location))
		sample.Values().Append(from.Value[column])
		for key, values := range from.Label {
			for _, value := range values {
				sample.AttributeIndices().Append(dict.attribute(key, "", func(v pcommon.Value) { v.SetStr(value) }))
			}
		}
		for key, values := range from.NumLabel {
			for i, value := range values {
				unit := ""
				if units := from.NumUnit[key]; i < len(units) {
					unit = units[i]
				}
				sample.AttributeIndices().Append(dict.attribute(key, unit, func(v pcommon.Value) { v.SetInt(value) }))
			}
		}
	}
}

// A dictionary whose tables begin with their zero value.
type dictionary struct {
	pprofile.ProfilesDictionary
}

func newDictionary(of pprofile.ProfilesDictionary) dictionary {
	of.StringTable().Append("")
	of.MappingTable().AppendEmpty()
	of.LocationTable().AppendEmpty()
	of.FunctionTable().AppendEmpty()
	of.LinkTable().AppendEmpty()
	of.AttributeTable().AppendEmpty()
	of.StackTable().AppendEmpty()
	return dictionary{of}
}

func (d dictionary) text(text string) int32 {
	index, err := pprofile.SetString(d.StringTable(), text)
	check(err)
	return index
}

func (d dictionary) attribute(key, unit string, set func(pcommon.Value)) int32 {
	attribute := pprofile.NewKeyValueAndUnit()
	attribute.SetKeyStrindex(d.text(key))
	attribute.SetUnitStrindex(d.text(unit))
	set(attribute.Value())
	index, err := pprofile.SetAttribute(d.AttributeTable(), attribute)
	check(err)
	return index
}

func (d dictionary) stack(locations []*profile.Location) int32 {
	stack := pprofile.NewStack()
	for _, location := range locations {
		stack.LocationIndices().Append(d.location(location))
	}
	index, err := pprofile.SetStack(d.StackTable(), stack)
	check(err)
	return index
}

func (d dictionary) location(from *profile.Location) int32 {
	location := pprofile.NewLocation()
	location.SetAddress(from.Address)
	if from.Mapping != nil {
		location.SetMappingIndex(d.mapping(from.Mapping))
	}
	for _, line := range from.Line {
		to := location.Lines().AppendEmpty()
		to.SetLine(line.Line)
		if line.Function != nil {
			to.SetFunctionIndex(d.function(line.Function))
		}
	}
	index, err := pprofile.SetLocation(d.LocationTable(), location)
	check(err)
	return index
}

func (d dictionary) mapping(from *profile.Mapping) int32 {
	mapping := pprofile.NewMapping()
	mapping.SetMemoryStart(from.Start)
	mapping.SetMemoryLimit(from.Limit)
	mapping.SetFileOffset(from.Offset)
	mapping.SetFilenameStrindex(d.text(from.File))
	index, err := pprofile.SetMapping(d.MappingTable(), mapping)
	check(err)
	return index
}

func (d dictionary) function(from *profile.Function) int32 {
	function := pprofile.NewFunction()
	function.SetNameStrindex(d.text(from.Name))
	function.SetSystemNameStrindex(d.text(from.SystemName))
	function.SetFilenameStrindex(d.text(from.Filename))
	function.SetStartLine(from.StartLine)
	index, err := pprofile.SetFunction(d.FunctionTable(), function)
	check(err)
	return index
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
