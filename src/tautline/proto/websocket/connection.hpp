// SPDX-License-Identifier: MIT
#pragma once

// To be written: class Connection final : public Engine.
