Not looked at SELCT
