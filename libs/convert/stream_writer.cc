// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/convert/sides.h"

#include <string>
#include <string_view>

namespace culvert::convert {

ConvertedSide ReadStreamWriter(FieldReader& in) {
  ConvertedSide side;
  side.member = "stream";
  if (const auto print = in.Flag("print")) {
    in.Carried("print", *print ? "spec.target.stream.print" : "false is the default");
    if (*print) side.body.Set("print", YamlValue::Flag(true));
  } else if (!in.Has("print")) {
    in.report().Add(Fate::kLeftOut, in.PlaceOf("print"), in.PathOf("print"),
                    "rows are counted and dropped; write true to see them");
  }
  for (const std::string_view name : {"path", "fileName"}) {
    const auto text = in.Text(name);
    if (!text) continue;
    if (text->empty()) {
      in.LeaveOut(name, "it is empty");
    } else {
      in.Refused(name,
                 "writes rows into a file, which is not offered; remove it, or write into a "
                 "table");
    }
  }
  in.LeaveOut("fieldDelimiter", "rows are printed as lines of JSON");
  in.LeaveOut("encoding", "rows are printed in UTF-8");
  for (const std::string_view name : {"recordNumBeforeSleep", "sleepTime"}) {
    in.LeaveOut(name, "a slow target is made by setting.speed");
  }
  in.RefuseRest();
  return side;
}

}  // namespace culvert::convert
