// SPDX-License-Identifier: MIT
#include <tautline/base/base64.hpp>

int main() { return tautline::encode_base64(tautline::Bytes{}).empty() ? 0 : 1; }
