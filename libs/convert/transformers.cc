// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/convert/transformers.h"

#include "libs/convert/field_reader.h"
#include "libs/syncjob/transformer.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

namespace culvert::convert {
namespace {

struct Transformer {
  std::string_view name;
  std::size_t paras;
  std::string_view example;
};

// transformer.md of DataX.
constexpr std::array<Transformer, 5> kTransformers = {
    Transformer{.name = "dx_filter", .paras = 2, .example = R"(["<", "0"])"},
    Transformer{.name = "dx_substr", .paras = 2, .example = R"(["0", "5"])"},
    Transformer{.name = "dx_pad", .paras = 3, .example = R"(["l", "10", "0"])"},
    Transformer{.name = "dx_replace", .paras = 3, .example = R"(["3", "4", "****"])"},
    Transformer{.name = "dx_digest", .paras = 2, .example = R"(["md5", "toLowerCase"])"}};

/// Numbers among the parameters are meant as text.
std::vector<std::string> ReadParas(FieldReader& in) {
  std::vector<std::string> paras;
  const ScriptNode* node = in.Find("paras");
  if (node == nullptr) return paras;
  for (const ScriptNode& item : node->items) {
    const bool scalar =
        item.kind == ScriptNode::Kind::kString || item.kind == ScriptNode::Kind::kNumber;
    if (!scalar) in.Refused("paras", "must be a list of texts");
    paras.push_back(item.text);
  }
  return paras;
}

void ReadOne(const ScriptNode& node, const std::string& path, std::size_t columns,
             ConversionReport& report, YamlValue& list) {
  FieldReader in(node, path, report);
  const std::string name = in.Text("name").value_or("");
  const auto known = std::ranges::find(kTransformers, name, &Transformer::name);
  if (known == kTransformers.end()) {
    in.Find("parameter");
    in.Refused("name", name == "dx_groovy"
                           ? std::string("dx_groovy holds code, which is not run; compute by SQL "
                                         "before or after the copy")
                           : Quoted(name) +
                                 " is none of dx_filter, dx_substr, dx_pad, dx_replace, dx_digest; "
                                 "compute by SQL before or after the copy");
    in.RefuseRest();
    return;
  }
  const ScriptNode* parameter = in.Find("parameter");
  if (parameter == nullptr) {
    in.Refused("parameter",
               "is required, {\"columnIndex\": 0, \"paras\": " + std::string(known->example) + "}");
    return;
  }
  FieldReader fields(*parameter, in.PathOf("parameter"), report);
  const std::int64_t last = columns == 0 ? std::int64_t{syncjob::kTransformerColumnMax}
                                         : static_cast<std::int64_t>(columns) - 1;
  const auto index = fields.Integer("columnIndex", 0, last);
  if (!index && !fields.Has("columnIndex")) {
    fields.Refused("columnIndex", "is required, the number of a column of the reader, from 0");
  }
  const std::vector<std::string> paras = ReadParas(fields);
  if (paras.size() != known->paras) {
    fields.Refused("paras", "must be " + std::to_string(known->paras) + " texts, such as " +
                                std::string(known->example));
  }
  for (const std::string_view code : {"context", "code", "extraPackage"}) {
    fields.LeaveOut(code, "dx_groovy alone reads it");
  }
  fields.RefuseRest();
  in.RefuseRest();
  if (!index || paras.size() != known->paras) return;
  // What DataX would find wrong with each row is found wrong with the script.
  const syncjob::Transformer transformer{
      .name = name, .column_index = static_cast<std::uint32_t>(*index), .paras = paras};
  if (const auto rule = syncjob::ParseTransformer(transformer); !rule) {
    fields.Refused("paras", rule.error().message);
    return;
  }
  report.Add(Fate::kCarried, node.place, path, "spec.transformers");
  YamlValue written;
  written.Set("name", YamlValue::Text(name));
  written.Set("columnIndex", YamlValue::Word(std::to_string(*index)));
  written.Set("paras", YamlValue::Texts(paras));
  list.items.push_back(std::move(written));
}

}  // namespace

YamlValue ReadTransformers(const ScriptNode& list, const std::string& path, std::size_t columns,
                           ConversionReport& report) {
  YamlValue written = YamlValue::List();
  if (list.kind != ScriptNode::Kind::kArray) {
    report.Add(Fate::kRefused, list.place, path, "must be a list of transformers");
    return written;
  }
  if (list.items.size() > syncjob::kTransformersMax) {
    report.Add(Fate::kRefused, list.place, path,
               "has more than " + std::to_string(syncjob::kTransformersMax) +
                   " transformers; compute by SQL before or after the copy");
    return written;
  }
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    ReadOne(list.items[i], path + "[" + std::to_string(i) + "]", columns, report, written);
  }
  return written;
}

}  // namespace culvert::convert
